/* tools/cmd_eval.c -- `pinna eval`: measures a recogniser, a denoiser or the
 * detection of speech */
#include "tools/command.h"
#include "tools/eval.h"
#include "tools/options.h"

#include <string.h>

static const pinna_usage usage = {
    .command = "eval",
    .synopsis = "ctc|denoise|vad [options] MANIFEST...",
    .summary = "Measure on recordings whose truth is known.\n\n"
               "  ctc      word error rate of a recogniser\n"
               "  denoise  SI-SDR, STOI, ESTOI, segmental SNR of a denoiser\n"
               "  vad      hits and false alarms of speech detection\n\n"
               "pinna eval ctc --help, and so on, tell more.",
    .examples = "  pinna eval ctc test.jsonl\n"
                "  pinna eval denoise --model my.safetensors pairs.jsonl\n",
};

int pinna_cmd_eval(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "ctc") == 0)
        return pinna_eval_ctc(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "denoise") == 0)
        return pinna_eval_denoise(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "vad") == 0)
        return pinna_eval_vad(argc - 1, argv + 1);

    const int code = pinna_options_parse(&usage, NULL, 0, argc, argv, NULL);
    return code >= 0 ? code : PINNA_EXIT_USAGE;
}
