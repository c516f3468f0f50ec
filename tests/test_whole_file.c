#include "support.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rnn/whole_file.h"

static pinna_status replace_with(const char *path, const char *text,
                                 pinna_error *error)
{
    const size_t half = strlen(text) / 2;
    const pinna_file_part parts[] = {
        {text, half}, {NULL, 0}, {text + half, strlen(text) - half}};
    return pinna_whole_file_replace(path, parts, 3, error);
}

static void assert_holds(const char *path, const char *text)
{
    unsigned char *bytes;
    size_t n;
    assert_int_equal(pinna_whole_file_read(path, 100, &bytes, &n, NULL),
                     PINNA_OK);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(bytes, text, n);
    free(bytes);
}

static void test_a_text_ends_with_a_zero(void **state)
{
    (void)state;
    const char *path = support_temp("text");
    char *text;
    size_t n;

    assert_int_equal(replace_with(path, "two\nlines", NULL), PINNA_OK);
    assert_int_equal(pinna_whole_file_text(path, 9, &text, &n, NULL), 0);
    assert_int_equal(n, 9);
    assert_string_equal(text, "two\nlines");
    free(text);
    assert_int_equal(replace_with(path, "", NULL), PINNA_OK);
    assert_int_equal(pinna_whole_file_text(path, 9, &text, &n, NULL), 0);
    assert_int_equal(n, 0);
    assert_string_equal(text, "");
    free(text);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(pinna_whole_file_text(path, 9, &text, &n, NULL),
                     PINNA_NOT_FOUND);
    assert_null(text);
}

/* Files of a folder, without . and .. */
static size_t count_files(const char *path)
{
    DIR *folder = opendir(path);
    size_t n = 0;
    assert_non_null(folder);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n - 2;
}

static void test_replaces(void **state)
{
    (void)state;
    const char *folder = support_temp("folder");
    const char *path = support_temp("folder/a");
    assert_int_equal(mkdir(folder, 0777), 0);

    assert_int_equal(replace_with(path, "old bytes", NULL), PINNA_OK);
    assert_holds(path, "old bytes");
    assert_int_equal(replace_with(path, "new", NULL), PINNA_OK);
    assert_holds(path, "new");
    assert_int_equal(replace_with(path, "", NULL), PINNA_OK);
    assert_holds(path, "");
    assert_int_equal(count_files(folder), 1);
}

static void test_replaces_in_the_current_folder(void **state)
{
    (void)state;
    char before[1024];
    const char *folder = support_temp("here");
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(replace_with("plain", "x", NULL), PINNA_OK);
    assert_holds("plain", "x");
    assert_int_equal(chdir(before), 0);
}

/* A crash may leave a temporary file: the next write does not stumble. */
static void test_replaces_the_file_behind_a_link(void **state)
{
    (void)state;
    char path[1024], link[1024];
    struct stat info;
    snprintf(path, sizeof path, "%s", support_temp("linked"));
    snprintf(link, sizeof link, "%s", support_temp("link"));
    assert_int_equal(replace_with(path, "old", NULL), PINNA_OK);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(replace_with(link, "new", NULL), PINNA_OK);
    assert_holds(path, "new");
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
}

static void test_replaces_no_device(void **state)
{
    (void)state;
    pinna_error error = {""};
    struct stat info;
    const char *pipe = support_temp("pipe");
    assert_int_equal(mkfifo(pipe, 0666), 0);
    assert_int_equal(replace_with(pipe, "x", &error), PINNA_IO);
    assert_non_null(strstr(error.text, "pipe: not a regular file"));
    assert_int_equal(stat(pipe, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
}

static void test_passes_by_left_files(void **state)
{
    (void)state;
    char folder[600], path[700], left[800];
    snprintf(folder, sizeof folder, "%s", support_temp("left"));
    snprintf(path, sizeof path, "%s/a", folder);
    assert_int_equal(mkdir(folder, 0777), 0);
    for (int i = 0; i < 3; i++) {
        snprintf(left, sizeof left, "%s.%d.tmp", path, i);
        fclose(fopen(left, "w"));
    }
    assert_int_equal(replace_with(path, "fresh", NULL), PINNA_OK);
    assert_holds(path, "fresh");
    assert_int_equal(count_files(folder), 4);

    /* When all names are taken it says so. */
    for (int i = 3; i < 100; i++) {
        snprintf(left, sizeof left, "%s.%d.tmp", path, i);
        fclose(fopen(left, "w"));
    }
    pinna_error error;
    assert_int_equal(replace_with(path, "late", &error), PINNA_IO);
    assert_non_null(strstr(error.text, "left/a: "));
    assert_holds(path, "fresh");

    /* They are cleared away, and nothing else is. */
    snprintf(left, sizeof left, "%s/ab.0.tmp", folder);
    fclose(fopen(left, "w"));
    pinna_whole_file_clean(path);
    assert_int_equal(count_files(folder), 2);
    assert_holds(path, "fresh");
    pinna_whole_file_clean(path);
    assert_int_equal(replace_with(path, "late", &error), PINNA_OK);
}

/* rename() onto a folder fails after everything else went well. */
static void test_failure_leaves_no_temporary_file(void **state)
{
    (void)state;
    char folder[600], path[700];
    pinna_error error;
    snprintf(folder, sizeof folder, "%s", support_temp("outer"));
    snprintf(path, sizeof path, "%s/inner", folder);
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(mkdir(path, 0777), 0);

    assert_int_equal(replace_with(path, "x", &error), PINNA_IO);
    assert_non_null(strstr(error.text, "outer/inner: "));
    assert_int_equal(count_files(folder), 1);
}

static void test_folder_that_is_none(void **state)
{
    (void)state;
    pinna_error error;
    assert_int_equal(replace_with("/no/such/folder", "x", &error),
                     PINNA_NOT_FOUND);
    assert_int_equal(replace_with("/dev/null/x", "x", &error), PINNA_IO);
    assert_int_equal(strncmp(error.text, "/dev/null/x: ", 13), 0);
}

static void assert_not_read(const char *path, size_t max, pinna_status want)
{
    unsigned char *bytes = (unsigned char *)&path;
    size_t n;
    pinna_error error = {""};
    assert_int_equal(pinna_whole_file_read(path, max, &bytes, &n, &error),
                     want);
    assert_null(bytes);
    assert_int_equal(strncmp(error.text, path, strlen(path)), 0);
    assert_null(strchr(error.text, '\n'));
}

static void test_refuses_to_read(void **state)
{
    (void)state;
    const char *fifo = support_temp("fifo");
    const char *sparse = support_temp("sparse");

    assert_not_read("/no/such/file", 10, PINNA_NOT_FOUND);
    assert_not_read("/", 10, PINNA_IO);
    assert_not_read("/dev/null", 10, PINNA_IO);
    assert_int_equal(mkfifo(fifo, 0666), 0);
    assert_not_read(fifo, 10, PINNA_IO); /* and does not wait for a writer */

    fclose(fopen(sparse, "w"));
    assert_int_equal(truncate(sparse, ((off_t)1 << 31) + 1), 0);
    assert_not_read(sparse, (size_t)1 << 31, PINNA_UNSUPPORTED);
}

static const char *memory_path;

static pinna_status make(void)
{
    pinna_status status = replace_with(memory_path, "abc", NULL);
    unsigned char *bytes = NULL;
    size_t n;
    if (!status)
        status = pinna_whole_file_read(memory_path, 100, &bytes, &n, NULL);
    free(bytes);
    return status;
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    memory_path = support_temp("memory");
    support_survives_no_memory(make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replaces),
        cmocka_unit_test(test_a_text_ends_with_a_zero),
        cmocka_unit_test(test_replaces_in_the_current_folder),
        cmocka_unit_test(test_replaces_the_file_behind_a_link),
        cmocka_unit_test(test_replaces_no_device),
        cmocka_unit_test(test_passes_by_left_files),
        cmocka_unit_test(test_failure_leaves_no_temporary_file),
        cmocka_unit_test(test_folder_that_is_none),
        cmocka_unit_test(test_refuses_to_read),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("whole_file", tests, NULL, NULL);
}
