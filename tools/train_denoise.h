/* tools/train_denoise.h -- `pinna train denoise` */
#ifndef PINNA_TOOLS_TRAIN_DENOISE_H
#define PINNA_TOOLS_TRAIN_DENOISE_H

/* argv[0] is "denoise"; returns an exit code of tools/command.h. */
int pinna_train_denoise(int argc, char **argv);

#endif
