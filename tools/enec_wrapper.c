#include "tools/enec_wrapper.h"

#include "sim/mem.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

#define VERSION 1
#define CHECKED 40 /* bytes of the head before its checksum */

static const uint8_t magic[8] = { 0x89, 'E', 'N', 'E', 'C', '\r', '\n', 0x1a };

uint64_t enec_checksum(const void *bytes, size_t length)
{
    return XXH3_64bits(bytes, length);
}

uint64_t enec_index_bytes(const struct enec_index *index)
{
    return ENEC_HEAD_BYTES + index->text.length + ENEC_ENTRY_BYTES * index->tensors.count;
}

uint64_t enec_original_bytes(const struct enec_index *index)
{
    uint64_t header = SAFETENSORS_LENGTH + index->text.length;
    return index->tensors.bytes + (index->kind == ENEC_SAFETENSORS ? header : 0);
}

/* --- writing --- */

static void put(struct text *out, uint64_t value, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        char byte = (char)(value >> (8 * i) & 0xff);
        text_add(out, &byte, 1);
    }
}

/* Everything after the head. */
static void put_rest(const struct enec_index *index, struct text *out)
{
    text_add(out, index->text.at, index->text.length);
    for (size_t i = 0; i < index->tensors.count; i++) {
        const struct enec_entry *entry = &index->entries[i];
        bool stream = entry->coding == ENEC_STREAM;
        put(out, entry->coding, 1);
        put(out, stream ? entry->params.b : 0, 1);
        put(out, stream ? entry->params.n : 0, 1);
        put(out, stream ? entry->params.m : 0, 1);
        put(out, stream ? entry->params.aivs : 0, 2);
        put(out, 0, 2);
        put(out, entry->bytes, 8);
        put(out, entry->checksum, 8);
    }
}

static uint64_t checksum_of(const char *head, const struct text *rest)
{
    XXH3_state_t *state = XXH3_createState();
    XXH3_64bits_reset(state);
    XXH3_64bits_update(state, head, CHECKED);
    XXH3_64bits_update(state, rest->at, rest->length);
    uint64_t checksum = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    return checksum;
}

void enec_index_write(const struct enec_index *index, struct text *out)
{
    struct text rest;
    text_init(&rest);
    put_rest(index, &rest);

    text_add(out, (const char *)magic, sizeof magic);
    put(out, VERSION, 4);
    put(out, index->kind, 4);
    put(out, index->text.length, 8);
    put(out, index->tensors.count, 8);
    put(out, index->bytes, 8);
    put(out, checksum_of(out->at, &rest), 8);
    text_add(out, rest.at, rest.length);
    text_free(&rest);
}

/* --- reading --- */

struct reading {
    const struct file_in *in;
    struct enec_index *index;
    uint64_t tensors; /* that the head says there are */
    uint64_t checksum;
    struct diag *diag;
};

static uint64_t get(const void *bytes, unsigned size)
{
    const uint8_t *at = bytes;
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static bool fail_number(const struct reading *reading, uint64_t byte, const char *what,
                        uint64_t found, const char *bound, uint64_t expected)
{
    return diag_fail(reading->diag, (struct loc){ .file = reading->in->path },
                     "byte %" PRIu64 ": %s is %" PRIu64 "; expected %s%" PRIu64, byte, what,
                     found, bound, expected);
}

static bool read_head(struct reading *reading, uint8_t head[ENEC_HEAD_BYTES])
{
    const struct file_in *in = reading->in;
    size_t length = in->bytes < ENEC_HEAD_BYTES ? (size_t)in->bytes : ENEC_HEAD_BYTES;
    if (!file_in_read(in, 0, head, length, reading->diag))
        return false;
    if (memcmp(head, magic, length < sizeof magic ? length : sizeof magic) != 0 || length == 0)
        return diag_fail(reading->diag, (struct loc){ .file = in->path },
                         "byte 0: this is no .enec file");
    if (length < ENEC_HEAD_BYTES)
        return diag_fail(reading->diag, (struct loc){ .file = in->path },
                         "byte %zu: the file ends; expected %d bytes at least", length,
                         ENEC_HEAD_BYTES);
    return true;
}

/* What the head says, as far as the length of the file can tell. */
static bool check_head(struct reading *reading, const uint8_t head[ENEC_HEAD_BYTES])
{
    uint64_t version = get(head + 8, 4), kind = get(head + 12, 4);
    uint64_t text = get(head + 16, 8), bytes = get(head + 32, 8), file = reading->in->bytes;
    reading->tensors = get(head + 24, 8);
    reading->checksum = get(head + CHECKED, 8);
    reading->index->kind = (enum enec_kind)kind;
    reading->index->bytes = bytes;

    if (version != VERSION)
        return fail_number(reading, 8, "the version", version, "", VERSION);
    if (kind > ENEC_SAFETENSORS)
        return fail_number(reading, 12, "the kind", kind, "at most ", ENEC_SAFETENSORS);
    if (bytes != file)
        return fail_number(reading, 32, "the size of the file", file, "", bytes);
    uint64_t most = file - ENEC_HEAD_BYTES;
    if (most > SAFETENSORS_TEXT_MAX)
        most = SAFETENSORS_TEXT_MAX;
    if (text > most)
        return fail_number(reading, 16, "the length of the text", text, "at most ", most);
    most = (file - ENEC_HEAD_BYTES - text) / ENEC_ENTRY_BYTES;
    if (reading->tensors > most)
        return fail_number(reading, 24, "the number of tensors", reading->tensors, "at most ",
                           most);
    return true;
}

/* A stream must be long enough for its elements before memory is taken for them. */
static bool check_stream(const struct reading *reading, const struct tensor *tensor,
                         struct enec_entry *entry, uint64_t at)
{
    struct enec_layout layout;
    struct diag why = { 0 };
    uint64_t size = dtype_info[tensor->type].bits / 8;
    const char *path = reading->in->path;

    if (!tensor->is_weight)
        return diag_fail(reading->diag, (struct loc){ .file = path },
                         "byte %" PRIu64 ": a stream of %s; expected BF16, F16 or F32", at,
                         tensor->dtype);
    entry->params.type = tensor->type;
    if (!enec_check(&entry->params, &why) ||
        !enec_layout(&entry->params, tensor->bytes / size, &layout, &why))
        return diag_fail(reading->diag, (struct loc){ .file = path },
                         "byte %" PRIu64 ": %.200s", at, why.text);
    if (entry->bytes < layout.e1 || entry->bytes > layout.most)
        return fail_number(reading, at + 8, "the length of the stream", entry->bytes,
                           entry->bytes < layout.e1 ? "at least " : "at most ",
                           entry->bytes < layout.e1 ? layout.e1 : layout.most);
    return true;
}

static bool read_entry(struct reading *reading, size_t i, const char *from, uint64_t at)
{
    const struct tensor *tensor = &reading->index->tensors.at[i];
    struct enec_entry *entry = &reading->index->entries[i];
    uint64_t coding = get(from, 1), left = reading->in->bytes - entry->at;

    *entry = (struct enec_entry){ .coding = (enum enec_coding)coding,
                                  .params = { .b = (unsigned)get(from + 1, 1),
                                              .n = (unsigned)get(from + 2, 1),
                                              .m = (unsigned)get(from + 3, 1),
                                              .aivs = (unsigned)get(from + 4, 2) },
                                  .bytes = get(from + 8, 8),
                                  .checksum = get(from + 16, 8),
                                  .at = entry->at };
    if (coding > ENEC_STREAM)
        return fail_number(reading, at, "the coding", coding, "at most ", ENEC_STREAM);
    if (entry->bytes > left)
        return fail_number(reading, at + 8, "the length of a tensor", entry->bytes, "at most ",
                           left);
    if (coding == ENEC_STREAM)
        return check_stream(reading, tensor, entry, at);
    if (entry->bytes != tensor->bytes)
        return fail_number(reading, at + 8, "the length of a tensor", entry->bytes, "",
                           tensor->bytes);
    return true;
}

static bool read_entries(struct reading *reading, const char *from)
{
    struct enec_index *index = reading->index;
    size_t count = index->tensors.count;
    if (reading->tensors != count)
        return fail_number(reading, 24, "the number of tensors", reading->tensors, "", count);

    uint64_t at = enec_index_bytes(index);
    uint64_t entry_at = ENEC_HEAD_BYTES + index->text.length;
    index->entries = mem_array(count, sizeof *index->entries);
    for (size_t i = 0; i < count; i++) {
        index->entries[i].at = at;
        if (!read_entry(reading, i, from + i * ENEC_ENTRY_BYTES,
                        entry_at + i * ENEC_ENTRY_BYTES))
            return false;
        at += index->entries[i].bytes;
    }
    return at == index->bytes ||
           fail_number(reading, 32, "the size of the file", index->bytes, "", at);
}

/* The text and the entries, once their checksum is right. */
static bool read_rest(struct reading *reading, const uint8_t *head, uint64_t text_bytes)
{
    struct text rest = { 0 };
    struct enec_index *index = reading->index;
    const char *path = reading->in->path;
    size_t length = (size_t)(text_bytes + ENEC_ENTRY_BYTES * reading->tensors);
    char *bytes = mem_new(length + 1);

    rest.at = bytes;
    rest.length = length;
    bool ok = file_in_read(reading->in, ENEC_HEAD_BYTES, bytes, length, reading->diag);
    if (ok) {
        uint64_t sum = checksum_of((const char *)head, &rest);
        ok = sum == reading->checksum ||
             diag_fail(reading->diag, (struct loc){ .file = path },
                       "byte %d: the checksum of the header is %016" PRIx64
                       "; expected %016" PRIx64,
                       CHECKED, sum, reading->checksum);
    }
    text_add(&index->text, bytes, (size_t)text_bytes);
    ok = ok &&
         tensors_read(&index->text, path, ENEC_HEAD_BYTES, &index->tensors, reading->diag) &&
         read_entries(reading, bytes + text_bytes);
    mem_free(bytes);
    return ok;
}

bool enec_index_read(const struct file_in *in, struct enec_index *out, struct diag *diag)
{
    uint8_t head[ENEC_HEAD_BYTES] = { 0 };
    struct reading reading = { .in = in, .index = out, .diag = diag };

    *out = (struct enec_index){ 0 };
    text_init(&out->text);
    bool ok = read_head(&reading, head) && check_head(&reading, head) &&
              read_rest(&reading, head, get(head + 16, 8));
    if (!ok)
        enec_index_free(out);
    return ok;
}

void enec_index_free(struct enec_index *index)
{
    text_free(&index->text);
    tensors_free(&index->tensors);
    mem_free(index->entries);
    *index = (struct enec_index){ 0 };
}
