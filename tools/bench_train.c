/* tools/bench_train.c -- `pinna bench train`: training steps of several nets,
 * and the CTC loss alone */
#include "rnn/linalg.h"
#include "tools/bench.h"
#include "tools/bench_table.h"
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/progress.h"
#include "tools/stopwatch.h"
#include "tools/train_case.h"
#include "tools/train_settings.h"
#include "tools/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const pinna_usage usage = {
    .command = "bench train",
    .synopsis = "[options] [CASE...]",
    .summary =
        "Measure steps of training (forward, loss, backward through time, "
        "Adam):\n"
        "milliseconds of a step by the clock and of CPU time, frames a "
        "second, GFLOP/s of the\nmatrix products, and their share of what a "
        "large product reaches in the same run.\nRates are by CPU time with "
        "one thread and by the clock with more.\n\n"
        "  gru256    2 GRU layers of 256, 29 labels, CTC; 16 x 400 frames\n"
        "  gru96     GRU of 96, 32 sigmoid gains, squared error; 32 x 500\n"
        "  rnn32     simple RNN of 32 (tanh), 1 number, squared error; 32 x "
        "100\n"
        "  blstm320  3 bidirectional LSTM layers of 320, CTC; 16 x 400\n"
        "  ctc29     CTC loss alone, 60 of 29 labels; 16 x 400\n"
        "  ctc5000   CTC loss alone, 60 of 5000 labels; 16 x 1000",
    .examples = "  pinna bench train\n"
                "  pinna bench train --threads 2 gru256 gru96\n",
};

static const pinna_train_case cases[] = {
    {.name = "gru256",
     .has_network = true,
     .network = {.n_in = 40, .n_hidden = 256, .n_layers = 2, .n_out = 29},
     .n_frames = 400,
     .n_batch = 16,
     .n_labels = 60},
    {.name = "gru96",
     .has_network = true,
     .network = {.n_in = 42, .n_hidden = 96, .n_layers = 1, .n_out = 32},
     .n_frames = 500,
     .n_batch = 32,
     .sigmoid = true},
    {.name = "rnn32",
     .has_network = true,
     .network = {.n_in = 1,
                 .n_hidden = 32,
                 .n_layers = 1,
                 .n_out = 1,
                 .cell = PINNA_CELL_RNN_TANH},
     .n_frames = 100,
     .n_batch = 32},
    {.name = "blstm320",
     .has_network = true,
     .network = {.n_in = 40,
                 .n_hidden = 320,
                 .n_layers = 3,
                 .n_out = 29,
                 .cell = PINNA_CELL_LSTM,
                 .bidirectional = true},
     .n_frames = 400,
     .n_batch = 16,
     .n_labels = 60},
    {.name = "ctc29",
     .network = {.n_out = 29},
     .n_frames = 400,
     .n_batch = 16,
     .n_labels = 60},
    {.name = "ctc5000",
     .network = {.n_out = 5000},
     .n_frames = 1000,
     .n_batch = 16,
     .n_labels = 60},
};
enum { N_CASES = sizeof cases / sizeof cases[0] };

static const pinna_bench_column columns[] = {
    {"case", "case", 0},
    {"threads", "threads", 0},
    {"wall_ms", "wall ms", 2},
    {"cpu_ms", "CPU ms", 2},
    {"frames_per_s", "frames/s", 0},
    {"gflops", "GFLOP/s", 1},
    {"gemm_percent", "GEMM %", 0},
};

struct settings {
    double seconds; /* 0 for what the case has */
    size_t n_threads;
    const char *precision;
    bool json;
    pinna_list names;
};

/* A product as large as those that OpenBLAS is fastest at, beside which the
 * steps are measured. */
enum { GEMM_SIZE = 768 };

struct product {
    float *a, *b, *c; /* [GEMM_SIZE, GEMM_SIZE] */
    double cpu_ms[PINNA_REPETITIONS];
};

/* CPU time of this thread; or of all, to which OpenBLAS's idle ones add in the
 * beginning. */
static double cpu_ms(size_t n_threads)
{
    struct timespec now;

    if (n_threads == 1)
        return 1e-6 * pinna_stopwatch_ns();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

static bool product_new(struct product *product)
{
    const size_t n = (size_t)GEMM_SIZE * GEMM_SIZE;

    product->a = calloc(n, sizeof(float));
    product->b = calloc(n, sizeof(float));
    product->c = calloc(n, sizeof(float));
    return product->a && product->b && product->c;
}

static void product_free(struct product *product)
{
    free(product->a);
    free(product->b);
    free(product->c);
}

static void product_run(struct product *product, size_t repetition)
{
    const size_t n = GEMM_SIZE;
    const double begin = cpu_ms(1);

    pinna_gemm(false, false, n, n, n, product->a, n, product->b, n, 0.0f,
               product->c, n);
    product->cpu_ms[repetition] = cpu_ms(1) - begin;
}

/* GFLOP/s of one thread. */
static double product_rate(struct product *product)
{
    const double n = GEMM_SIZE;
    const double ms = pinna_quantile(product->cpu_ms, PINNA_REPETITIONS, 0.5);

    return 2e-6 * n * n * n / ms;
}

static void print_row(const pinna_train_case *kind, size_t n_threads,
                      double wall_ms, double cpu, double gemm_rate,
                      pinna_bench_table *table)
{
    const double ms = n_threads > 1 ? wall_ms : cpu;
    const double frames = (double)(kind->n_frames * kind->n_batch);
    const double rate = 1e-6 * pinna_train_case_flops(kind) / ms;
    /* The loss alone has no products. */
    const char *none = rate > 0 || table->machine ? NULL : "-";

    pinna_bench_table_row(
        table, (pinna_bench_cell[]){
                   {.text = kind->name},
                   {.number = (double)n_threads},
                   {.number = wall_ms},
                   {.number = cpu},
                   {.number = 1e3 * frames / ms},
                   {.text = none, .number = rate},
                   {.text = none,
                    .number = 100.0 * rate / gemm_rate / (double)n_threads},
               });
}

/* Steps by a number of threads. */
struct way {
    size_t n_threads;
    pinna_train_step *step;
    double wall_ms[PINNA_REPETITIONS], cpu_ms[PINNA_REPETITIONS];
};

static void run_step(struct way *way, size_t repetition)
{
    const double wall_begin = pinna_clock_s();
    const double cpu_begin = cpu_ms(way->n_threads);

    pinna_train_step_run(way->step);
    way->cpu_ms[repetition] = cpu_ms(way->n_threads) - cpu_begin;
    way->wall_ms[repetition] = 1e3 * (pinna_clock_s() - wall_begin);
}

/* In turns, so that what else the machine does slows all ways alike. The first
 * round is not measured. */
static void measure(const pinna_train_case *kind, struct way *ways,
                    size_t n_ways, struct product *product,
                    pinna_bench_table *table)
{
    for (size_t r = 0; r <= PINNA_REPETITIONS; r++)
        for (size_t i = 0; i < n_ways; i++) {
            if (pinna_interrupted())
                return;
            run_step(&ways[i], r % PINNA_REPETITIONS);
            product_run(product, r % PINNA_REPETITIONS);
        }
    for (size_t i = 0; i < n_ways; i++)
        print_row(kind, ways[i].n_threads,
                  pinna_quantile(ways[i].wall_ms, PINNA_REPETITIONS, 0.5),
                  pinna_quantile(ways[i].cpu_ms, PINNA_REPETITIONS, 0.5),
                  product_rate(product), table);
}

/* By one thread, and by n_threads if these are more. */
static pinna_status bench(const pinna_train_case *kind, size_t n_threads,
                          struct product *product, pinna_bench_table *table)
{
    struct way ways[2] = {{.n_threads = 1}, {.n_threads = n_threads}};
    const size_t n_ways = n_threads > 1 ? 2 : 1;
    pinna_status status = PINNA_OK;

    for (size_t i = 0; !status && i < n_ways; i++)
        status = pinna_train_step_new(kind, ways[i].n_threads, &ways[i].step);
    if (!status)
        measure(kind, ways, n_ways, product, table);
    for (size_t i = 0; i < n_ways; i++)
        pinna_train_step_free(ways[i].step);
    return status;
}

/* The case with sequences as long as wanted; labels keep fitting in. */
static pinna_train_case cut(const pinna_train_case *kind, double seconds)
{
    pinna_train_case result = *kind;

    if (seconds > 0)
        result.n_frames = (size_t)lrint(100.0 * seconds);
    if (result.n_labels > result.n_frames / 2)
        result.n_labels = result.n_frames / 2;
    return result;
}

static bool wanted(const pinna_list *names, const char *name)
{
    for (size_t i = 0; i < names->n_items; i++)
        if (strcmp(names->items[i], name) == 0)
            return true;
    return names->n_items == 0;
}

static int run(const struct settings *settings)
{
    struct product product;
    pinna_bench_table table;
    pinna_status status = PINNA_OK;

    if (!product_new(&product)) {
        product_free(&product);
        return pinna_bench_no_memory(&usage);
    }
    pinna_linalg_init();
    pinna_bench_table_begin(&table, "train", columns,
                            sizeof columns / sizeof columns[0], settings->json);
    for (size_t i = 0; i < N_CASES; i++) {
        const pinna_train_case kind = cut(&cases[i], settings->seconds);
        if (!wanted(&settings->names, kind.name))
            continue;
        if (!status && !pinna_interrupted())
            status = bench(&kind, settings->n_threads, &product, &table);
    }
    pinna_bench_table_end(&table);
    product_free(&product);
    if (status) /* the cases are good */
        return pinna_bench_no_memory(&usage);
    return pinna_interrupted() ? PINNA_EXIT_INTERRUPTED : PINNA_EXIT_DONE;
}

static int check_names(const pinna_list *names)
{
    for (size_t i = 0; i < names->n_items; i++) {
        size_t known = 0;
        while (known < N_CASES && strcmp(cases[known].name, names->items[i]))
            known++;
        if (known == N_CASES)
            return pinna_usage_error(&usage, "no case \"%s\"", names->items[i]);
    }
    return -1;
}

int pinna_bench_train(int argc, char **argv)
{
    struct settings settings = {.n_threads = 1, .precision = "float32"};
    const pinna_option options[] = {
        {"seconds", 's', "S",
         "length of the sequences, of 100 frames a second (default: as above)",
         .number = &settings.seconds, .low = 0.1, .high = 60.0},
        {"threads", 0, "N", "also with N threads that share the batch",
         .count = &settings.n_threads, .low = 1, .high = 16},
        {"precision", 0, "NAME", "float32 or bfloat16",
         .text = &settings.precision, .shows_default = true},
        {"json", 0, NULL, "as JSON", .flag = &settings.json},
    };

    int code = argc < 2 ? -1
                        : pinna_options_parse(&usage, options,
                                              sizeof options / sizeof *options,
                                              argc, argv, &settings.names);
    if (code < 0)
        code = check_names(&settings.names);
    if (code < 0)
        code = pinna_precision_option(&usage, settings.precision);
    if (code < 0)
        code = run(&settings);
    pinna_list_free(&settings.names);
    return code;
}
