#include "support.h"

#include "datasets/byte_sink.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void check_content(const char *path, const char *want)
{
    char got[100] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(got, 1, sizeof got - 1, file);
    fclose(file);
    assert_int_equal(n, strlen(want));
    assert_memory_equal(got, want, n);
}

/* How many files end in .tmp. */
static size_t count_leftovers(void)
{
    size_t n = 0;
    DIR *folder = opendir(support_temp(""));
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        n += strstr(entry->d_name, ".tmp") != NULL;
    closedir(folder);
    return n;
}

static void test_appears_at_commit(void **state)
{
    (void)state;
    pinna_byte_sink *file;
    const char *path = support_temp("a.txt");
    assert_int_equal(pinna_byte_sink_open(path, &file, NULL), PINNA_OK);
    assert_true(pinna_byte_sink_seekable(file));
    assert_int_equal(pinna_byte_sink_write(file, 0, "hello ", 6), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 6, "world", 5), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 0, "H", 1), PINNA_OK);
    assert_int_equal(pinna_byte_sink_size(file), 11);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(count_leftovers(), 1);
    assert_int_equal(pinna_byte_sink_commit(file, NULL), PINNA_OK);
    check_content(path, "Hello world");
    assert_int_equal(count_leftovers(), 0);
}

static void test_gap_is_zeros(void **state)
{
    (void)state;
    pinna_byte_sink *file;
    const char *path = support_temp("gap.bin");
    assert_int_equal(pinna_byte_sink_open(path, &file, NULL), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 2, "b", 1), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 3, "c", 1), PINNA_OK);
    assert_int_equal(pinna_byte_sink_commit(file, NULL), PINNA_OK);
    char got[10];
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fread(got, 1, sizeof got, stream), 4);
    fclose(stream);
    assert_memory_equal(got, "\0\0bc", 4);
}

/* Two objects, one behind the other, on stdout that is a file. */
static void test_stdout_in_turns(void **state)
{
    (void)state;
    const char *path = support_temp("turns.txt");
    fflush(stdout);
    const int kept = dup(STDOUT_FILENO);
    const int target = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(target, STDOUT_FILENO);
    pinna_status status = PINNA_OK;
    for (int k = 0; k < 2 && !status; k++) {
        pinna_byte_sink *file;
        status = pinna_byte_sink_open("-", &file, NULL);
        if (!status)
            status = pinna_byte_sink_write(file, 0, "ab", 2);
        if (!status)
            status = pinna_byte_sink_write(file, 0, "A", 1);
        if (!status)
            status = pinna_byte_sink_commit(file, NULL);
    }
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(target);
    assert_int_equal(status, PINNA_OK);
    check_content(path, "AbAb");
}

static void test_abort_leaves_the_old_file(void **state)
{
    (void)state;
    pinna_byte_sink *file;
    const char *path = support_temp("old.txt");
    put(path, "old");
    assert_int_equal(pinna_byte_sink_open(path, &file, NULL), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 0, "new", 3), PINNA_OK);
    pinna_byte_sink_abort(file);
    check_content(path, "old");
    assert_int_equal(count_leftovers(), 0);
    pinna_byte_sink_abort(NULL);
}

static void test_two_at_once(void **state)
{
    (void)state;
    pinna_byte_sink *a, *b;
    const char *path = support_temp("both.txt");
    assert_int_equal(pinna_byte_sink_open(path, &a, NULL), PINNA_OK);
    assert_int_equal(pinna_byte_sink_open(path, &b, NULL), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(a, 0, "a", 1), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(b, 0, "b", 1), PINNA_OK);
    assert_int_equal(pinna_byte_sink_commit(b, NULL), PINNA_OK);
    check_content(path, "b");
    assert_int_equal(pinna_byte_sink_commit(a, NULL), PINNA_OK);
    check_content(path, "a");
}

static void test_link_and_mode_stay(void **state)
{
    (void)state;
    const char *path = support_temp("target.txt");
    const char *link = support_temp("link.txt");
    put(path, "old");
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(symlink(path, link), 0);

    pinna_byte_sink *file;
    assert_int_equal(pinna_byte_sink_open(link, &file, NULL), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 0, "new", 3), PINNA_OK);
    assert_int_equal(pinna_byte_sink_commit(file, NULL), PINNA_OK);
    check_content(path, "new");
    struct stat info;
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(lstat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_device_is_not_replaced(void **state)
{
    (void)state;
    pinna_byte_sink *file;
    assert_int_equal(pinna_byte_sink_open("/dev/null", &file, NULL), PINNA_OK);
    assert_false(pinna_byte_sink_seekable(file));
    assert_int_equal(pinna_byte_sink_write(file, 0, "abc", 3), PINNA_OK);
    assert_int_equal(pinna_byte_sink_commit(file, NULL), PINNA_OK);
    struct stat info;
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void test_full_disk(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    pinna_byte_sink *file;
    pinna_error error = {""};
    assert_int_equal(pinna_byte_sink_open("/dev/full", &file, NULL), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 0, "abc", 3), PINNA_IO);
    assert_true(pinna_byte_sink_cause(file) != 0);
    assert_int_equal(pinna_byte_sink_write(file, 0, "abc", 3), PINNA_IO);
    assert_int_equal(pinna_byte_sink_commit(file, &error), PINNA_IO);
    assert_string_equal(error.text, "/dev/full: No space left on device");
}

static void test_pipe_drops_rewrites(void **state)
{
    (void)state;
    const char *path = support_temp("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    const int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);

    pinna_byte_sink *file;
    assert_int_equal(pinna_byte_sink_open(path, &file, NULL), PINNA_OK);
    assert_false(pinna_byte_sink_seekable(file));
    assert_int_equal(pinna_byte_sink_write(file, 0, "abc", 3), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 0, "xy", 2), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 3, "def", 3), PINNA_OK);
    assert_int_equal(pinna_byte_sink_write(file, 8, "g", 1), PINNA_OK);
    assert_int_equal(pinna_byte_sink_commit(file, NULL), PINNA_OK);

    char got[10] = "";
    assert_int_equal(read(reader, got, sizeof got), 9);
    assert_memory_equal(got, "abcdef\0\0g", 9);
    close(reader);
    assert_int_equal(unlink(path), 0);
}

static void test_places_that_cannot_be(void **state)
{
    (void)state;
    pinna_byte_sink *file;
    pinna_error error;
    assert_int_equal(pinna_byte_sink_open("/nowhere/a.txt", &file, &error),
                     PINNA_NOT_FOUND);
    assert_string_equal(
        error.text,
        "/nowhere/a.txt: cannot be created: No such file or directory");
    assert_null(file);
    assert_int_equal(pinna_byte_sink_open("/", &file, &error), PINNA_IO);
    assert_string_equal(error.text, "/: is a directory");

    const char *path = support_temp("file.txt");
    put(path, "x");
    assert_int_equal(
        pinna_byte_sink_open(support_temp("file.txt/a"), &file, &error),
        PINNA_IO);
}

/* A folder took the name meanwhile: rename() fails. */
static void test_failed_rename(void **state)
{
    (void)state;
    const char *path = support_temp("taken");
    pinna_byte_sink *file;
    pinna_error error = {""};
    assert_int_equal(pinna_byte_sink_open(path, &file, NULL), PINNA_OK);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(pinna_byte_sink_commit(file, &error), PINNA_IO);
    assert_non_null(strstr(error.text, "taken: "));
    assert_int_equal(count_leftovers(), 0);
}

static pinna_status open_and_commit(void)
{
    pinna_byte_sink *file;
    const pinna_status status =
        pinna_byte_sink_open(support_temp("memory.txt"), &file, NULL);
    return status ? status : pinna_byte_sink_commit(file, NULL);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(open_and_commit);
    assert_int_equal(count_leftovers(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appears_at_commit),
        cmocka_unit_test(test_gap_is_zeros),
        cmocka_unit_test(test_stdout_in_turns),
        cmocka_unit_test(test_abort_leaves_the_old_file),
        cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_link_and_mode_stay),
        cmocka_unit_test(test_device_is_not_replaced),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_pipe_drops_rewrites),
        cmocka_unit_test(test_places_that_cannot_be),
        cmocka_unit_test(test_failed_rename),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("byte_sink", tests, NULL, NULL);
}
