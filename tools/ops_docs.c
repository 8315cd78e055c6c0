#include "tools/ops_docs.h"

#include "kernels/ir/program.h"
#include "kernels/ir/types.h"

#include <inttypes.h>

const char *ops_pipe(const struct kop_info *op)
{
    switch (op->pipe) {
    case PIPE_FROM:
        return "from";
    case PIPE_TO:
        return "to";
    case PIPE_ATTR:
        return "pipe";
    default:
        return pipe_names[op->pipe];
    }
}

/* A bar would end the cell. */
static void add_cell(struct text *out, const char *words)
{
    for (; *words != '\0'; words++) {
        if (*words == '|')
            text_add(out, "\\", 1);
        text_add(out, words, 1);
    }
}

static void add_operands(struct text *out, const struct kop_info *op)
{
    const char *before = "";

    for (int i = 0; i < KOP_OPERANDS; i++) {
        const char *gap = " ";
        if (op->spaces[i] == 0)
            continue;
        text_addf(out, "%s%s", before, kop_operand_names[i]);
        for (int space = 0; space < SPACE_COUNT; space++) {
            if ((op->spaces[i] >> space & 1) == 0)
                continue;
            text_addf(out, "%s%s", gap, space_names[space]);
            gap = "/";
        }
        before = ", ";
    }
}

static void add_attrs(struct text *out, uint64_t attrs, const char *mark)
{
    for (int attr = 0; attr < ATTR_COUNT; attr++) {
        if ((attrs >> attr & 1) != 0)
            text_addf(out, " %s%s%s", mark, attr_info[attr].name, mark);
    }
}

static void add_op(struct text *out, const struct kop_info *op)
{
    text_addf(out, "| `%s` | %s | ", op->name, ops_pipe(op));
    add_operands(out, op);
    text_addf(out, " |");
    add_attrs(out, op->needs, "**");
    add_attrs(out, op->takes, "");
    text_addf(out, " | ");
    if (op->types != TYPES_none)
        text_addf(out, "%s", type_rule_text(op->types));
    text_addf(out, " | ");
    add_cell(out, op->meaning);
    text_addf(out, " |\n");
}

static void add_attr(struct text *out, const struct attr_info *attr)
{
    struct word_list words = attr_words(attr->kind);

    text_addf(out, "| `%s` | ", attr->name);
    for (size_t i = 0; i < words.count; i++)
        text_addf(out, "%s%s", i == 0 ? "" : ", ", words.names[i]);
    if (words.count == 0)
        text_addf(out, "%s", attr->kind == ATTR_REAL ? "number" : "whole number");
    text_addf(out, " | ");
    if (words.count == 0)
        text_addf(out, "%" PRId64, attr->standard);
    else
        text_addf(out, "%s", words.names[attr->standard]);
    text_addf(out, " |\n");
}

void ops_markdown(struct text *out)
{
    text_addf(out, "| operation | pipe | operands | attributes | types | meaning |\n"
                   "|---|---|---|---|---|---|\n");
    for (int code = 0; code < KOP_COUNT; code++)
        add_op(out, &kop_info[code]);
    text_addf(out, "\nAttributes in bold must be given; the others may be left out:\n\n"
                   "| attribute | value | if left out |\n|---|---|---|\n");
    for (int attr = 0; attr < ATTR_COUNT; attr++)
        add_attr(out, &attr_info[attr]);
}

static void add_keyword(struct text *out, const char *group, const char *word)
{
    text_addf(out, "syn keyword %s %s\n", group, word);
}

void ops_vim(struct text *out)
{
    for (int kind = 0; kind < CORE_KINDS; kind++)
        add_keyword(out, "nkDeclaration", core_kind_names[kind]);
    for (int role = 0; role < TENSOR_ROLES; role++)
        add_keyword(out, "nkRole", tensor_role_names[role]);
    for (int space = 0; space < SPACE_COUNT; space++)
        add_keyword(out, "nkSpace", space_names[space]);
    for (int type = 0; type < DT_COUNT; type++)
        add_keyword(out, "nkType", dtype_info[type].name);
    for (int op = SOP_set + 1; op < SOP_COUNT; op++) {
        if (scalar_info[op].infix == 0)
            add_keyword(out, "nkFunction", scalar_info[op].text);
    }
    for (int code = 0; code < KOP_COUNT; code++)
        add_keyword(out, "nkOperation", kop_info[code].name);
}
