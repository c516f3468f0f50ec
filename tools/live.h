/* tools/live.h -- the parts of `pinna live`; argv[0] is the part's name */
#ifndef PINNA_TOOLS_LIVE_H
#define PINNA_TOOLS_LIVE_H

/* Each gives an exit code. */
int pinna_live_denoise(int argc, char **argv);
int pinna_live_devices(int argc, char **argv);
int pinna_live_transcribe(int argc, char **argv);

#endif
