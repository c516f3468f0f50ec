/* tools/cmd_bench.c -- `pinna bench`: how fast pinna is on this machine */
#include "tools/bench.h"
#include "tools/command.h"
#include "tools/options.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
} benches[] = {
    {"features", "MFCC and log-mel frames", pinna_bench_features},
    {"fft", "Fourier transforms, by size and engine", pinna_bench_fft},
    {"step", "one frame of a recurrent layer, by size and kernels",
     pinna_bench_step},
    {"denoise", "the denoiser built in, frame by frame", pinna_bench_denoise},
    {"transcribe", "the recogniser built in, frame by frame",
     pinna_bench_transcribe},
    {"live", "the denoiser in blocks of a sound system, at worst",
     pinna_bench_live},
    {"load", "the denoiser until it can run, as hosts of plugins wait for it",
     pinna_bench_load},
    {"decode", "beam search, free and with a lexicon and a language model",
     pinna_bench_decode},
    {"train", "training steps of several nets, and the CTC loss",
     pinna_bench_train},
};
enum { N_BENCHES = sizeof benches / sizeof benches[0] };

/* Without a bench's name: --help or a line on stderr. */
static int explain(int argc, char **argv)
{
    char names[256] = "", lines[1024] = "";

    for (size_t i = 0; i < N_BENCHES; i++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i > 0 ? "|" : "",
                 benches[i].name);
        n = strlen(lines);
        snprintf(lines + n, sizeof lines - n, "  %-11s %s\n", benches[i].name,
                 benches[i].summary);
    }
    char synopsis[300], summary[2048];
    snprintf(synopsis, sizeof synopsis, "%s [options]", names);
    snprintf(summary, sizeof summary,
             "Measure how fast pinna is on this machine: CPU time of one "
             "thread, the median of\nseveral repetitions.\n\n%s\npinna bench "
             "%s --help, and so on, tell more.",
             lines, benches[0].name);
    const pinna_usage usage = {
        .command = "bench",
        .synopsis = synopsis,
        .summary = summary,
        .examples = "  pinna bench features\n"
                    "  pinna bench denoise --seconds 60 --json\n",
    };
    if (argc > 1 && argv[1][0] != '-')
        return pinna_usage_error(&usage, "no bench \"%s\"", argv[1]);
    const int code = pinna_options_parse(&usage, NULL, 0, argc, argv, NULL);
    return code >= 0 ? code : PINNA_EXIT_USAGE;
}

int pinna_cmd_bench(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < N_BENCHES; i++)
        if (strcmp(argv[1], benches[i].name) == 0)
            return benches[i].run(argc - 1, argv + 1);
    return explain(argc, argv);
}
