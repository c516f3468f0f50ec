/* tools/cmd_live.c -- `pinna live`: with microphone and loudspeaker */
#include "tools/command.h"
#include "tools/live.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: pinna live PART [options]\n"
    "\n"
    "Work with microphones and loudspeakers, real or virtual.\n"
    "\n"
    "Parts:\n"
    "  denoise     from microphone to loudspeaker without the noise\n"
    "  transcribe  captions of what a microphone hears\n"
    "  devices     list what there is\n"
    "\n"
    "pinna live PART --help shows options and examples.\n"
    "\n"
    "Examples:\n"
    "  pinna live devices\n"
    "  pinna live denoise -i usb --vad-threshold 50\n"
    "  pinna live transcribe --denoise\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} parts[] = {
    {"denoise", pinna_live_denoise},
    {"transcribe", pinna_live_transcribe},
    {"devices", pinna_live_devices},
};

int pinna_cmd_live(int argc, char **argv)
{
    if (argc < 2) {
        fputs("usage: pinna live PART [options] (pinna live --help)\n", stderr);
        return PINNA_EXIT_USAGE;
    }
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(argv[1], parts[i].name) == 0)
            return parts[i].run(argc - 1, argv + 1);
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
        fputs(help, stdout);
        return PINNA_EXIT_DONE;
    }
    fprintf(stderr, "pinna live: no such part: %s; see pinna live --help\n",
            argv[1]);
    return PINNA_EXIT_USAGE;
}
