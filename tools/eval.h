/* tools/eval.h -- the kinds of `pinna eval`; argv[0] is the kind */
#ifndef PINNA_TOOLS_EVAL_H
#define PINNA_TOOLS_EVAL_H

int pinna_eval_ctc(int argc, char **argv);
int pinna_eval_denoise(int argc, char **argv);
int pinna_eval_vad(int argc, char **argv);
int pinna_eval_regress(int argc, char **argv);
int pinna_eval_generate(int argc, char **argv);
int pinna_eval_classify(int argc, char **argv);
int pinna_eval_seq2seq(int argc, char **argv);

#endif
