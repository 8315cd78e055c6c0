/* Tables as text, and every way in which one can be malformed. */
#include "tools/table_csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct csv parsed(const char *text)
{
    struct csv csv;
    struct diag diag = { 0 };
    assert_true(csv_parse(&csv, "t.csv", text, strlen(text), &diag));
    assert_string_equal(diag.text, "");
    return csv;
}

static void assert_fails(const char *text, unsigned line, unsigned column, const char *why)
{
    struct csv csv;
    struct diag diag = { 0 };
    assert_false(csv_parse(&csv, "t.csv", text, strlen(text), &diag));
    assert_string_equal(diag.text, why);
    assert_string_equal(diag.file, "t.csv");
    assert_int_equal(diag.line, line);
    assert_int_equal(diag.column, column);
    csv_free(&csv);
}

static void the_first_row_names_the_columns(void **state)
{
    (void)state;
    struct csv csv = parsed("id,value\nx,1\ny,2\n");
    struct diag diag = { 0 };
    size_t at;

    assert_int_equal(csv.columns, 2);
    assert_int_equal(csv.row_count, 2);
    assert_true(csv_column(&csv, "value", &at, &diag));
    assert_string_equal(csv.rows[1].fields[at], "2");
    assert_int_equal(csv.rows[1].line, 3);
    csv_free(&csv);
}

static void a_missing_column_is_reported_with_the_nearest(void **state)
{
    (void)state;
    struct csv csv = parsed("id,valu\n");
    struct diag diag = { 0 };
    size_t at;

    assert_false(csv_column(&csv, "value", &at, &diag));
    assert_string_equal(diag.text, "there is no column 'value'; did you mean 'valu'?");
    assert_int_equal(diag.line, 1);
    csv_free(&csv);
}

static void quotes_hold_commas_line_ends_and_quotes(void **state)
{
    (void)state;
    struct csv csv = parsed("a,b\n\"x, y\",\"say \"\"no\"\"\"\n\"two\nlines\",\"\"\nz,w\n");

    assert_string_equal(csv.rows[0].fields[0], "x, y");
    assert_string_equal(csv.rows[0].fields[1], "say \"no\"");
    assert_string_equal(csv.rows[1].fields[0], "two\nlines");
    assert_string_equal(csv.rows[1].fields[1], "");
    assert_int_equal(csv.rows[2].line, 5);
    csv_free(&csv);
}

static void lines_may_end_in_crlf_and_the_last_in_nothing(void **state)
{
    (void)state;
    struct csv csv = parsed("a,b\r\n1,\r\n,\"2\"");

    assert_int_equal(csv.row_count, 2);
    assert_string_equal(csv.rows[0].fields[0], "1");
    assert_string_equal(csv.rows[0].fields[1], "");
    assert_string_equal(csv.rows[1].fields[0], "");
    assert_string_equal(csv.rows[1].fields[1], "2");
    csv_free(&csv);
}

static void errors_say_where(void **state)
{
    (void)state;
    assert_fails("", 0, 0, "the table is empty");
    assert_fails("a,b\n1\n", 2, 0, "the row has 1 fields; expected 2, as in the first row");
    assert_fails("a,b\n1,2,3\n", 2, 0, "the row has 3 fields; expected 2, as in the first row");
    assert_fails("a,b\n1,\"2\n", 2, 3, "the quote is never closed");
    assert_fails("a\n\"1\"2\n", 2, 4, "found text after a closing quote; expected a comma");
    assert_fails("a\n\"1\n2\"3\n", 3, 3, "found text after a closing quote; expected a comma");
    assert_fails("a\n1\"2\n", 2, 2, "found a quote inside a field without quotes");
}

static void any_cut_of_a_table_is_read_or_refused(void **state)
{
    (void)state;
    static const char text[] = "a,b\r\n\"x, \"\"y\"\"\",\"2\n3\"\r\n4,5\n";

    for (size_t length = 0; length < sizeof text; length++) {
        struct csv csv;
        struct diag diag = { 0 };
        bool ok = csv_parse(&csv, "t.csv", text, length, &diag);
        assert_int_equal(ok, diag.text[0] == '\0');
        csv_free(&csv);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_row_names_the_columns),
        cmocka_unit_test(a_missing_column_is_reported_with_the_nearest),
        cmocka_unit_test(quotes_hold_commas_line_ends_and_quotes),
        cmocka_unit_test(lines_may_end_in_crlf_and_the_last_in_nothing),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(any_cut_of_a_table_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
