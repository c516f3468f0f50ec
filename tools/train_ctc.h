/* tools/train_ctc.h -- `pinna train ctc` */
#ifndef PINNA_TOOLS_TRAIN_CTC_H
#define PINNA_TOOLS_TRAIN_CTC_H

/* argv[0] is "ctc"; returns an exit code of tools/command.h. */
int pinna_train_ctc(int argc, char **argv);

#endif
