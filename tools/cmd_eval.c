/* tools/cmd_eval.c -- `pinna eval`: measures a model, or the detection of
 * speech */
#include "tools/command.h"
#include "tools/eval.h"
#include "tools/options.h"

#include <string.h>

static const pinna_usage usage = {
    .command = "eval",
    .synopsis = "KIND [options] FILE...",
    .summary = "Measure on data whose truth is known.\n\n"
               "  ctc      word error rate of a recogniser\n"
               "  denoise  SI-SDR, STOI, ESTOI, segmental SNR of a denoiser\n"
               "  vad      hits and false alarms of speech detection\n"
               "  regress  squared error of a forecast\n"
               "  generate perplexity of a model of text\n"
               "  classify accuracy of a classifier\n"
               "  seq2seq  exact answers of an encoder-decoder\n\n"
               "pinna eval ctc --help, and so on, tell more.",
    .examples = "  pinna eval ctc test.jsonl\n"
                "  pinna eval denoise --model my.safetensors pairs.jsonl\n",
};

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} kinds[] = {
    {"ctc", pinna_eval_ctc},           {"denoise", pinna_eval_denoise},
    {"vad", pinna_eval_vad},           {"regress", pinna_eval_regress},
    {"generate", pinna_eval_generate}, {"classify", pinna_eval_classify},
    {"seq2seq", pinna_eval_seq2seq},
};

int pinna_cmd_eval(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(argv[1], kinds[i].name) == 0)
            return kinds[i].run(argc - 1, argv + 1);

    const int code = pinna_options_parse(&usage, NULL, 0, argc, argv, NULL);
    return code >= 0 ? code : PINNA_EXIT_USAGE;
}
