#include "support.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rnn/kernels.h"
#include "rnn/kernels_int8.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"

enum { MOST_WORDS = 8 };

/* What the last run printed. */
static char out[65536], err[4096];

static FILE *divert(int to, int *kept)
{
    FILE *file = tmpfile();

    assert_non_null(file);
    fflush(NULL);
    *kept = dup(to);
    dup2(fileno(file), to);
    return file;
}

static void restore(int to, int kept, FILE *file, char *text, size_t size)
{
    fflush(NULL);
    dup2(kept, to);
    close(kept);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    fclose(file);
}

/* `pinna bench WORDS`, words parted by blanks. */
static int bench(const char *words)
{
    char line[256], name[] = "bench";
    char *argv[MOST_WORDS + 1] = {name};
    int argc = 1, kept_out, kept_err;

    snprintf(line, sizeof line, "%s", words);
    for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    FILE *out_file = divert(STDOUT_FILENO, &kept_out);
    FILE *err_file = divert(STDERR_FILENO, &kept_err);
    const int code = pinna_cmd_bench(argc, argv);
    restore(STDERR_FILENO, kept_err, err_file, err, sizeof err);
    restore(STDOUT_FILENO, kept_out, out_file, out, sizeof out);
    return code;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* A head and rows, n_lines of them. */
static void assert_table(const char *words, size_t n_lines, const char *head,
                         const char *row)
{
    assert_int_equal(bench(words), PINNA_EXIT_DONE);
    assert_string_equal(err, "");
    assert_int_equal(count_lines(out), n_lines);
    assert_non_null(strstr(out, head));
    assert_non_null(strstr(out, row));
    assert_null(strstr(out, "nan"));
}

/* Three sizes with each set of kernels, float32 and int8. */
static size_t n_step_rows(void)
{
    static const char *const float32[] = {"c", "avx2", "avx512"};
    static const char *const int8[] = {"c", "avx2", "avxvnni", "avx512vnni"};
    size_t n = 0;

    for (size_t i = 0; i < 3; i++)
        n += pinna_kernels_named(float32[i]) != NULL;
    for (size_t i = 0; i < 4; i++)
        n += pinna_int8_kernels_named(int8[i]) != NULL;
    return 3 * n;
}

static void test_prints_tables(void **state)
{
    (void)state;
    assert_table("features --seconds 0.1", 3, "x real time", "fbank-80 ");
    assert_table("fft --seconds 0.1", 11, "KissFFT forward", "\n      512 ");
    assert_table("step --seconds 0.1", 1 + n_step_rows(), "GB/s read",
                 "\n      512 ");
    assert_table("denoise --seconds 0.1", 3, "network %", "\n  silence ");
    assert_table("transcribe -s 0.1", 2, "worst", "transcribe ");
    assert_table("live -s 0.1", 7, "p99.9", "\n     1024 ");
    assert_table("load", 6, "worst", "\n   192000 ");
    assert_table("train gru96 ctc29 --threads 2 -s 0.1", 5, "GFLOP/s",
                 "\n    gru96          2 ");
}

/* The rows of `pinna bench NAME --json`, each with these keys above 0. */
static void assert_json(const char *name, size_t n_rows,
                        const char *const *keys)
{
    char words[64];

    /* Loading has no sound. */
    snprintf(words, sizeof words, "%s --json%s", name,
             strcmp(name, "load") == 0 ? "" : " --seconds 0.1");
    assert_int_equal(bench(words), PINNA_EXIT_DONE);
    assert_string_equal(err, "");
    json_t *root = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "bench")),
                        name);
    const json_t *rows = json_object_get(root, "rows");
    assert_int_equal(json_array_size(rows), n_rows);
    for (size_t i = 0; i < n_rows; i++)
        for (const char *const *key = keys; *key; key++) {
            const json_t *value =
                json_object_get(json_array_get(rows, i), *key);
            assert_true(json_is_number(value));
            assert_true(json_number_value(value) > 0.0);
        }
    json_decref(root);
}

static void test_prints_json(void **state)
{
    (void)state;
    static const char *const features[] = {"frame_ns",   "times_real_time",
                                           "fft_ns",     "fft_percent",
                                           "kissfft_ns", NULL};
    static const char *const fft[] = {"points",
                                      "vec4_forward_ns",
                                      "vec4_inverse_ns",
                                      "kissfft_forward_ns",
                                      "kissfft_inverse_ns",
                                      NULL};
    static const char *const step[] = {"cells", "frame_us", "gb_per_s", NULL};
    static const char *const streams[] = {"frame_us", "p99_us", "worst_us",
                                          "times_real_time", NULL};
    static const char *const live[] = {"block",   "p50_us",   "p99_us",
                                       "p999_us", "worst_us", "worst_percent",
                                       NULL};
    static const char *const load[] = {"rate",       "channels", "model_ms",
                                       "prepare_ms", "load_ms",  "worst_ms",
                                       NULL};
    static const char *const denoise[] = {
        "frame_us",    "p99_us",          "worst_us", "times_real_time",
        "fft_percent", "network_percent", NULL};
    static const char *const train[] = {"threads", "wall_ms", "cpu_ms",
                                        "frames_per_s", NULL};
    assert_json("features", 2, features);
    assert_json("fft", 10, fft);
    assert_json("step", n_step_rows(), step);
    assert_json("denoise", 2, denoise);
    assert_json("transcribe", 1, streams);
    assert_json("live", 6, live);
    assert_json("load", 5, load);
    assert_json("train", 6, train);
}

static void assert_usage_error(const char *words, const char *complaint)
{
    assert_int_equal(bench(words), PINNA_EXIT_USAGE);
    assert_string_equal(out, "");
    assert_int_equal(count_lines(err), 1);
    assert_non_null(strstr(err, complaint));
}

static void test_usage(void **state)
{
    (void)state;
    assert_usage_error(
        "", "features|fft|step|denoise|transcribe|live|load|decode|train");
    assert_usage_error("polish", "no bench \"polish\"");
    assert_usage_error("--polish", "no option --polish");
    assert_usage_error("load --polish", "no option --polish");
    static const char *const names[] = {"features", "fft",        "step",
                                        "denoise",  "transcribe", "live",
                                        "decode",   "train"};
    enum { N_NAMES = sizeof names / sizeof *names };
    for (size_t i = 0; i < N_NAMES; i++) {
        char words[64];
        snprintf(words, sizeof words, "%s --polish", names[i]);
        assert_usage_error(words, "no option --polish");
        snprintf(words, sizeof words, "%s --seconds 0.01", names[i]);
        assert_usage_error(words, "--seconds 0.01: not a number from 0.1");
        snprintf(words, sizeof words, "%s in.wav", names[i]);
        assert_usage_error(words, i < 7 ? "unexpected argument \"in.wav\""
                                        : "no case \"in.wav\"");
        snprintf(words, sizeof words, "%s --help", names[i]);
        assert_int_equal(bench(words), PINNA_EXIT_DONE);
        assert_non_null(strstr(out, "--seconds"));
    }
    assert_int_equal(bench("--help"), PINNA_EXIT_DONE);
    for (size_t i = 0; i < N_NAMES; i++)
        assert_non_null(strstr(out, names[i]));
}

static void test_table_layout(void **state)
{
    (void)state;
    static const pinna_bench_column columns[] = {{"a_ns", "a", 0},
                                                 {"b", "heading of b", 1}};
    static const char *const want[] = {
        "        a  heading of b\n"
        "       12           0.5\n"
        "     text           nan\n",
        "{\"bench\": \"x\", \"rows\": [{\"a_ns\": 12, \"b\": 0.5}, "
        "{\"a_ns\": \"text\", \"b\": null}]}\n"};

    for (size_t i = 0; i < 2; i++) {
        pinna_bench_table table;
        int kept;
        FILE *file = divert(STDOUT_FILENO, &kept);
        pinna_bench_table_begin(&table, "x", columns, 2, i == 1);
        pinna_bench_table_row(
            &table, (pinna_bench_cell[]){{.number = 12.0}, {.number = 0.5}});
        pinna_bench_table_row(
            &table, (pinna_bench_cell[]){{.text = "text"}, {.number = NAN}});
        pinna_bench_table_end(&table);
        restore(STDOUT_FILENO, kept, file, out, sizeof out);
        assert_string_equal(out, want[i]);
    }
}

static void test_sound(void **state)
{
    (void)state;
    size_t n, n_again;
    float *sound = pinna_bench_sound(0.5, 48000.0, &n);
    float *again = pinna_bench_sound(0.5, 48000.0, &n_again);
    assert_int_equal(n, 24000);
    assert_int_equal(n_again, n);
    assert_memory_equal(sound, again, n * sizeof *sound);
    float loudest = 0.0f;
    for (size_t i = 0; i < n; i++)
        loudest = fmaxf(loudest, fabsf(sound[i]));
    assert_true(loudest > 0.2f && loudest < 0.5f);
    free(again);
    free(sound);
    free(pinna_bench_sound(0.0, 16000.0, &n));
    assert_int_equal(n, 160);
}

/* Benches that need no model, on as little as they take. */
static pinna_status run(int (*kind)(int argc, char **argv))
{
    const size_t n_left = support_hold_failures();
    char name[] = "bench", seconds[] = "--seconds=0.1";
    char *argv[] = {name, seconds};
    int kept_out, kept_err;
    FILE *out_file = divert(STDOUT_FILENO, &kept_out);
    FILE *err_file = divert(STDERR_FILENO, &kept_err);

    support_release_failures(n_left);
    const int code = kind(2, argv);
    const size_t n_kept = support_hold_failures();
    restore(STDERR_FILENO, kept_err, err_file, err, sizeof err);
    restore(STDOUT_FILENO, kept_out, out_file, out, sizeof out);
    support_release_failures(n_kept);
    if (code == PINNA_EXIT_START)
        assert_int_equal(count_lines(err), 1);
    else
        assert_int_equal(code, PINNA_EXIT_DONE);
    return code == PINNA_EXIT_START ? PINNA_NO_MEMORY : PINNA_OK;
}

static pinna_status run_features(void)
{
    return run(pinna_bench_features);
}

static pinna_status run_fft(void)
{
    return run(pinna_bench_fft);
}

static void test_survives_no_memory(void **state)
{
    (void)state;
    support_survives_no_memory(run_features);
    support_survives_no_memory(run_fft);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_tables),
        cmocka_unit_test(test_prints_json),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_table_layout),
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_survives_no_memory),
    };
    return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
