#include "sim/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* A fresh folder, which each test works in and leaves empty. */
static char folder[] = "/tmp/npusim-test-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void assert_contents(const char *path, const char *expected)
{
    struct diag diag = { 0 };
    struct text text;
    text_init(&text);
    assert_true(file_read(path, &text, &diag));
    assert_string_equal(text.at, expected);
    assert_int_equal(text.length, strlen(expected));
    text_free(&text);
}

static void write_string(const char *path, const char *string)
{
    struct diag diag = { 0 };
    assert_true(file_write(path, string, strlen(string), &diag));
}

static size_t entries(void)
{
    size_t count = 0;
    DIR *dir = opendir(".");
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    write_string("a", "some text\n");
    assert_contents("a", "some text\n");
    assert_int_equal(entries(), 1);
    unlink("a");
}

static void bytes_of_any_value_and_number_survive(void **state)
{
    (void)state;
    size_t length = 300000; /* more than is read at once */
    char *bytes = malloc(length);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(i * 7 % 256);

    struct diag diag = { 0 };
    struct text text;
    text_init(&text);
    assert_true(file_write("a", bytes, length, &diag));
    assert_true(file_read("a", &text, &diag));
    assert_int_equal(text.length, length);
    assert_memory_equal(text.at, bytes, length);

    text_free(&text);
    free(bytes);
    unlink("a");
}

static void a_file_is_replaced_whole_and_keeps_its_permissions(void **state)
{
    (void)state;
    write_string("a", "a long text");
    chmod("a", 0640);
    write_string("a", "short");
    assert_contents("a", "short");

    struct stat info;
    assert_int_equal(stat("a", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(entries(), 1);
    unlink("a");
}

static void a_link_stays_a_link(void **state)
{
    (void)state;
    write_string("a", "old");
    assert_int_equal(symlink("a", "link"), 0);
    write_string("link", "new");
    assert_contents("a", "new");

    struct stat info;
    assert_int_equal(lstat("link", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    unlink("link");
    unlink("a");
}

static void a_leftover_of_a_crash_is_neither_used_nor_lost(void **state)
{
    (void)state;
    char leftover[64];
    snprintf(leftover, sizeof leftover, "a.%ld-0.tmp", (long)getpid());
    write_string(leftover, "half");
    write_string("a", "whole");
    assert_contents("a", "whole");
    assert_contents(leftover, "half");
    unlink(leftover);
    unlink("a");
}

/* Devices go the same way. They are not tested: run as root, a file_write that is
 * wrong would replace the machine's own. */
static void a_pipe_is_written_to_as_it_stands(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    int reader = open("pipe", O_RDONLY | O_NONBLOCK);
    write_string("pipe", "through");

    char got[16] = "";
    assert_int_equal(read(reader, got, sizeof got), 7);
    assert_string_equal(got, "through");
    close(reader);
    unlink("pipe");
}

/* The error names the path and contains `reason`. */
static void assert_error(const struct diag *diag, const char *path, const char *reason)
{
    assert_string_equal(diag->file, path);
    assert_int_equal(diag->line, 0);
    assert_non_null(strstr(diag->text, reason));
}

static void assert_unreadable(const char *path, const char *reason)
{
    struct diag diag = { 0 };
    struct text text;
    text_init(&text);
    assert_false(file_read(path, &text, &diag));
    assert_error(&diag, path, reason);
    text_free(&text);
}

static void assert_unwritable(const char *path, const char *reason)
{
    struct diag diag = { 0 };
    assert_false(file_write(path, "x", 1, &diag));
    assert_error(&diag, path, reason);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    assert_unreadable("absent", "No such file");
    assert_unreadable(".", "directory");
}

static void a_file_without_an_end_is_too_large(void **state)
{
    (void)state;
    assert_unreadable("/dev/zero", "larger than 256 MiB");
}

static void a_failed_write_names_the_path_and_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_unwritable("absent/a", "No such file");
    assert_unwritable(".", "directory");
    assert_int_equal(entries(), 0);
}

static void a_write_cut_short_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    static const char bytes[1000];
    struct rlimit before, tight;
    write_string("a", "old");

    signal(SIGXFSZ, SIG_IGN); /* write answers EFBIG instead, as a full disk would ENOSPC */
    getrlimit(RLIMIT_FSIZE, &before);
    tight = before;
    tight.rlim_cur = 600;
    setrlimit(RLIMIT_FSIZE, &tight);
    struct diag diag = { 0 };
    bool ok = file_write("a", bytes, sizeof bytes, &diag);
    setrlimit(RLIMIT_FSIZE, &before);

    assert_false(ok);
    assert_error(&diag, "a", "too large");
    assert_contents("a", "old");
    assert_int_equal(entries(), 1);
    unlink("a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(bytes_of_any_value_and_number_survive),
        cmocka_unit_test(a_file_is_replaced_whole_and_keeps_its_permissions),
        cmocka_unit_test(a_link_stays_a_link),
        cmocka_unit_test(a_leftover_of_a_crash_is_neither_used_nor_lost),
        cmocka_unit_test(a_pipe_is_written_to_as_it_stands),
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(a_file_without_an_end_is_too_large),
        cmocka_unit_test(a_failed_write_names_the_path_and_leaves_nothing_behind),
        cmocka_unit_test(a_write_cut_short_leaves_the_old_file_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
