/* tools/main.c -- the command `pinna`: picks the subcommand */
#include "tools/command.h"
#include "tools/interrupt.h"
#include "tools/progress.h"

#include <stdio.h>
#include <string.h>

typedef struct pinna_command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} pinna_command;

static const pinna_command commands[] = {
    {"denoise", pinna_cmd_denoise, "take the noise out of recordings"},
    {"transcribe", pinna_cmd_transcribe, "recordings to text and subtitles"},
    {"align", pinna_cmd_align, "where the words of a known text are"},
    {"vad", pinna_cmd_vad, "tell where somebody speaks"},
    {"live", pinna_cmd_live, "with microphone and loudspeaker"},
    {"install-source", pinna_cmd_install_source,
     "a clean microphone for PipeWire"},
    {"doctor", pinna_cmd_doctor, "why there is no clean microphone"},
    {"features", pinna_cmd_features, "recordings to MFCC or log-mel frames"},
    {"convert", pinna_cmd_convert, "features from one format to another"},
    {"report", pinna_cmd_report, "recordings to pictures or a web page"},
    {"train", pinna_cmd_train, "train a model"},
    {"generate", pinna_cmd_generate, "go on with a text by a model"},
    {"lm", pinna_cmd_lm, "count a language model from text"},
    {"eval", pinna_cmd_eval, "measure a model or vad"},
    {"score", pinna_cmd_score, "word error rate of texts"},
    {"mix", pinna_cmd_mix, "make noisy/clean pairs or joined utterances"},
    {"info", pinna_cmd_info, "what a model, recording, manifest or array is"},
    {"bench", pinna_cmd_bench, "how fast pinna is on this machine"},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void print_help(FILE *file)
{
    fputs("Usage: pinna COMMAND [options] FILE...\n\nCommands:\n", file);
    for (size_t i = 0; i < N_COMMANDS; i++)
        fprintf(file, "  %-14s %s\n", commands[i].name, commands[i].summary);
    fputs(
        "\n"
        "pinna COMMAND --help shows options and examples; pinna --version\n"
        "tells the version.\n"
        "\n"
        "Results go to stdout, everything else to stderr. Exit codes: 0 done,\n"
        "1 some input failed (the others were done), 2 wrong usage, 3 could\n"
        "not start, 130 interrupted (what was finished is kept).\n",
        file);
}

/* A result that did not reach its reader is a failure: a full disk or a
 * closed pipe. */
static int finish(int code)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        pinna_message("pinna: writing to standard output failed");
        if (code == PINNA_EXIT_DONE)
            code = PINNA_EXIT_INPUT;
    }
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: pinna COMMAND [options] FILE... (pinna --help lists the "
              "commands)\n",
              stderr);
        return PINNA_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
        strcmp(name, "help") == 0) {
        print_help(stdout);
        return finish(PINNA_EXIT_DONE);
    }
    if (strcmp(name, "--version") == 0) {
        puts("pinna " PINNA_VERSION);
        return finish(PINNA_EXIT_DONE);
    }

    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0) {
            pinna_interrupt_catch();
            return finish(commands[i].run(argc - 1, argv + 1));
        }
    fprintf(stderr,
            "pinna: no command \"%s\"; pinna --help lists the commands\n",
            name);
    return PINNA_EXIT_USAGE;
}
