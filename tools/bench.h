/* tools/bench.h -- the kinds of `pinna bench`, and what they share
 *
 * One file per kind, pinna_bench_NAME() in tools/bench_NAME.c; argv[0] is the
 * kind, the list of them is in tools/cmd_bench.c. Each measures on sound that
 * is made on the spot, and prints one table (tools/bench_table.h). */
#ifndef PINNA_TOOLS_BENCH_H
#define PINNA_TOOLS_BENCH_H

#include "tools/options.h"

#include <stdbool.h>
#include <stddef.h>

/* Each gives an exit code. */
int pinna_bench_features(int argc, char **argv);
int pinna_bench_fft(int argc, char **argv);
int pinna_bench_step(int argc, char **argv);
int pinna_bench_decode(int argc, char **argv);
int pinna_bench_denoise(int argc, char **argv);
int pinna_bench_transcribe(int argc, char **argv);
int pinna_bench_live(int argc, char **argv);
int pinna_bench_load(int argc, char **argv);
int pinna_bench_train(int argc, char **argv);

typedef struct pinna_bench_settings {
    double seconds; /* of sound */
    bool json;
} pinna_bench_settings;

/* For kinds that have only --seconds and --json; no arguments are fine. Returns
 * -1 to go on, or the exit code. */
int pinna_bench_parse(const pinna_usage *usage, int argc, char **argv,
                      pinna_bench_settings *settings);

/* Sound to work on, at least one frame of 10 ms: a buzz in syllables, and noise
 * 30 dB below. *n samples, to be freed by the caller; NULL without memory. */
float *pinna_bench_sound(double seconds, double sample_rate, size_t *n);

/* "pinna COMMAND: out of memory" on stderr; gives PINNA_EXIT_START. */
int pinna_bench_no_memory(const pinna_usage *usage);

#endif
