/* tools/train.h -- tasks of `pinna train`; argv[0] is the task */
#ifndef PINNA_TOOLS_TRAIN_H
#define PINNA_TOOLS_TRAIN_H

int pinna_train_regress(int argc, char **argv);
int pinna_train_generate(int argc, char **argv);
int pinna_train_classify(int argc, char **argv);
int pinna_train_seq2seq(int argc, char **argv);

#endif
