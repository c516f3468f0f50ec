/* tools/cmd_train.c -- `pinna train`: picks the kind of model */
#include "tools/command.h"
#include "tools/train.h"
#include "tools/train_ctc.h"
#include "tools/train_denoise.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: pinna train TASK [options]\n"
    "\n"
    "Tasks:\n"
    "  ctc      a recogniser: speech to words or characters\n"
    "  denoise  a denoiser: noisy speech to clean speech\n"
    "  classify sentences or recordings to classes\n"
    "  regress  a forecast: a time series ahead\n"
    "  generate a model of text, character by character\n"
    "  seq2seq  texts or recordings to texts, by attention\n"
    "\n"
    "pinna train TASK --help shows options and examples.\n"
    "\n"
    "Under mpirun several processes, on one machine or more, share the work;\n"
    "N of T threads come to the same bits as one of N * T.\n"
    "\n"
    "Examples:\n"
    "  pinna train ctc --train digits.jsonl --words \"zero one two\" "
    "-o digits.safetensors\n"
    "  pinna train denoise --speech speech.jsonl --noise noise.jsonl "
    "-o my.safetensors\n"
    "  mpirun --hostfile hosts --bind-to none pinna train ctc --train t.jsonl "
    "\\\n"
    "      --threads 8 -o my.safetensors\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} tasks[] = {
    {"ctc", pinna_train_ctc},           {"denoise", pinna_train_denoise},
    {"classify", pinna_train_classify}, {"regress", pinna_train_regress},
    {"generate", pinna_train_generate}, {"seq2seq", pinna_train_seq2seq},
};

int pinna_cmd_train(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: pinna train TASK [options] (pinna train --help)\n",
              stderr);
        return PINNA_EXIT_USAGE;
    }
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(argv[1], tasks[i].name) == 0)
            return tasks[i].run(argc - 1, argv + 1);
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return PINNA_EXIT_DONE;
    }
    fprintf(stderr, "pinna train: no such task: %s; see pinna train --help\n",
            argv[1]);
    return PINNA_EXIT_USAGE;
}
