#include "tools/output_file.h"

#include "tests/support.h"
#include "tools/command.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_all(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

static size_t count_files(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t n = 0;
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));)
        n += entry->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void appears_at_commit(void **state)
{
    const char *folder = support_temp("commit");
    char *path;
    pinna_output_file output;
    char text[16];

    (void)state;
    assert_int_equal(pinna_make_folder(folder, NULL), 0);
    path = pinna_path_in_folder(folder, "deep/in/a.wav", ".txt");
    assert_non_null(path);
    assert_int_equal(pinna_output_file_open(path, &output, NULL), 0);
    fputs("one", output.stream);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(pinna_output_file_commit(&output, NULL), 0);
    read_all(path, text, sizeof text);
    assert_string_equal(text, "one");

    /* The old content stays until the next commit, and after an abort. */
    assert_int_equal(pinna_output_file_open(path, &output, NULL), 0);
    fputs("two", output.stream);
    pinna_output_file_abort(&output);
    pinna_output_file_abort(&output);
    read_all(path, text, sizeof text);
    assert_string_equal(text, "one");
    assert_int_equal(pinna_output_file_open(path, &output, NULL), 0);
    fputs("three", output.stream);
    assert_int_equal(pinna_output_file_end(&output, PINNA_NO_MEMORY, NULL),
                     PINNA_NO_MEMORY);
    read_all(path, text, sizeof text);
    assert_string_equal(text, "one");
    assert_int_equal(count_files(folder), 1);

    assert_int_equal(pinna_output_file_open(path, &output, NULL), 0);
    fputs("four", output.stream);
    assert_int_equal(pinna_output_file_end(&output, PINNA_OK, NULL), PINNA_OK);
    read_all(path, text, sizeof text);
    assert_string_equal(text, "four");
    free(path);
}

static void obeys_the_umask(void **state)
{
    const char *path = support_temp("mode");
    pinna_output_file output;
    struct stat info;
    const mode_t before = umask(027);

    (void)state;
    assert_int_equal(pinna_output_file_open(path, &output, NULL), 0);
    assert_int_equal(pinna_output_file_commit(&output, NULL), 0);
    umask(before);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void a_link_stays(void **state)
{
    char path[256], text[16];
    struct stat info;
    pinna_output_file output;

    (void)state;
    snprintf(path, sizeof path, "%s", support_temp("real"));
    const char *link = support_temp("link");
    assert_int_equal(pinna_output_file_open(path, &output, NULL), 0);
    assert_int_equal(pinna_output_file_commit(&output, NULL), 0);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(pinna_output_file_open(link, &output, NULL), 0);
    fputs("new", output.stream);
    assert_int_equal(pinna_output_file_commit(&output, NULL), 0);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    read_all(path, text, sizeof text);
    assert_string_equal(text, "new");
}

static void devices_are_not_replaced(void **state)
{
    pinna_output_file output;
    struct stat info;

    (void)state;
    assert_int_equal(pinna_output_file_open("/dev/null", &output, NULL), 0);
    fputs("gone", output.stream);
    assert_int_equal(pinna_output_file_commit(&output, NULL), 0);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void failures_name_the_path(void **state)
{
    pinna_output_file output;
    pinna_error error;
    const char *folder = support_temp("folder");

    (void)state;
    assert_int_equal(pinna_make_folder(folder, &error), 0);
    assert_int_equal(pinna_make_folder(folder, &error), 0); /* is there */
    assert_int_equal(pinna_output_file_open(folder, &output, &error), PINNA_IO);
    assert_non_null(strstr(error.text, folder));
    const char *lost = support_temp("no/such/folder");
    assert_int_equal(pinna_output_file_open(lost, &output, &error),
                     PINNA_NOT_FOUND);
    assert_non_null(strstr(error.text, lost));
    assert_int_equal(pinna_make_folder(lost, &error), PINNA_IO);
    assert_non_null(strstr(error.text, lost));
    assert_int_equal(pinna_output_file_open("/dev/full", &output, &error), 0);
    fputs("text", output.stream);
    assert_int_equal(pinna_output_file_commit(&output, &error), PINNA_IO);
    assert_non_null(strstr(error.text, "/dev/full"));
}

static int write_code(void *user, FILE *file)
{
    const int *code = user;
    fprintf(file, "%d", *code);
    return *code;
}

static void a_command_that_could_not_start_leaves_nothing(void **state)
{
    static const int codes[] = {PINNA_EXIT_START, PINNA_EXIT_DONE,
                                PINNA_EXIT_INPUT, PINNA_EXIT_INTERRUPTED};
    const char *path = support_temp("run");
    int lost = PINNA_EXIT_DONE, full = PINNA_EXIT_DONE;

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        int code = codes[i];
        char text[16], wanted[16];
        assert_int_equal(pinna_output_file_run("x", path, write_code, &code),
                         code);
        assert_int_equal(access(path, F_OK) == 0, code != PINNA_EXIT_START);
        if (code == PINNA_EXIT_START)
            continue;
        read_all(path, text, sizeof text);
        snprintf(wanted, sizeof wanted, "%d", code);
        assert_string_equal(text, wanted);
        unlink(path);
    }
    assert_int_equal(pinna_output_file_run("x", support_temp("no/such/run"),
                                           write_code, &lost),
                     PINNA_EXIT_START);
    assert_int_equal(pinna_output_file_run("x", "/dev/full", write_code, &full),
                     PINNA_EXIT_INPUT);
}

static void joins_paths(void **state)
{
    static const char *const cases[][4] = {
        {"out", "a.wav", NULL, "out/a.wav"},
        {"out/", "a.wav", NULL, "out/a.wav"},
        {"out", "x/y/a.wav", ".npy", "out/a.npy"},
        {"out", "x/y.z/a", ".npy", "out/a.npy"},
        {"out", ".hidden", ".npy", "out/.hidden.npy"},
        {"out", "a.b.c", ".npy", "out/a.b.npy"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path =
            pinna_path_in_folder(cases[i][0], cases[i][1], cases[i][2]);
        assert_string_equal(path, cases[i][3]);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appears_at_commit),
        cmocka_unit_test(obeys_the_umask),
        cmocka_unit_test(a_link_stays),
        cmocka_unit_test(devices_are_not_replaced),
        cmocka_unit_test(failures_name_the_path),
        cmocka_unit_test(a_command_that_could_not_start_leaves_nothing),
        cmocka_unit_test(joins_paths),
    };
    return cmocka_run_group_tests_name("output_file", tests, NULL, NULL);
}
