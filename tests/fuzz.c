#include "tests/fuzz.h"

#include "tests/random.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define MEMORY_MAX (UINT64_C(1) << 30)

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double fuzz_deadline(void)
{
    const char *seconds = getenv("NPUSIM_FUZZ_SECONDS");
    return seconds_now() + (seconds != NULL ? atof(seconds) : 1);
}

bool fuzz_is_over(double deadline)
{
    return seconds_now() >= deadline;
}

static void replace(struct text *text, size_t at, size_t length, const char *by, size_t count)
{
    struct text made;
    text_init(&made);
    text_add(&made, text->at, at);
    text_add(&made, by, count);
    text_add(&made, text->at + at + length, text->length - at - length);
    text_free(text);
    *text = made;
}

void fuzz_mutate(struct text *text, size_t within, const char *const *snippets, size_t count,
                 uint64_t *seed)
{
    static const unsigned char bytes[] = { 0, 1, 2, 0x7f, 0x80, 0xff };
    size_t end = within < text->length ? within : text->length;
    if (end == 0)
        return;
    size_t at = random_below(seed, end), left = end - at;
    size_t length = 1 + random_below(seed, left < 12 ? left : 12);
    const char *snippet = snippets[random_below(seed, count)];

    switch (random_below(seed, 6)) {
    case 0:
        text->at[at] = (char)random_next(seed);
        break;
    case 1:
        text->at[at] = (char)bytes[random_below(seed, sizeof bytes)];
        break;
    case 2:
        replace(text, at, length, "", 0);
        break;
    case 3:
        replace(text, at, length, snippet, strlen(snippet));
        break;
    case 4:
        replace(text, at, 0, snippet, strlen(snippet));
        break;
    default: { /* a piece of it once more */
        char piece[12];
        memcpy(piece, text->at + at, length);
        replace(text, random_below(seed, end), 0, piece, length);
        break;
    }
    }
}

struct text fuzz_copy(const struct text *text)
{
    struct text copy;
    text_init(&copy);
    text_add(&copy, text->at, text->length);
    return copy;
}

int fuzz_limit_memory(void)
{
#ifndef __SANITIZE_ADDRESS__
    struct rlimit limit = { MEMORY_MAX, MEMORY_MAX };
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        return -1;
#endif
    return 0;
}
