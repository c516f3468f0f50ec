/* tools/command.h -- the subcommands of pinna and how each of them ends
 *
 * One file per subcommand: pinna_cmd_NAME() in tools/cmd_NAME.c. argv[0] is the
 * name of the subcommand. Results go to stdout, everything else to stderr. */
#ifndef PINNA_TOOLS_COMMAND_H
#define PINNA_TOOLS_COMMAND_H

/* What a command returns, and the exit code of the process. */
enum {
    PINNA_EXIT_DONE = 0,
    PINNA_EXIT_INPUT = 1,         /* some input failed, the others were done */
    PINNA_EXIT_USAGE = 2,         /* wrong options or arguments */
    PINNA_EXIT_START = 3,         /* could not start: model, output folder */
    PINNA_EXIT_INTERRUPTED = 130, /* what was finished is kept */
};

int pinna_cmd_align(int argc, char **argv);
int pinna_cmd_convert(int argc, char **argv);
int pinna_cmd_bench(int argc, char **argv);
int pinna_cmd_denoise(int argc, char **argv);
int pinna_cmd_doctor(int argc, char **argv);
int pinna_cmd_eval(int argc, char **argv);
int pinna_cmd_features(int argc, char **argv);
int pinna_cmd_generate(int argc, char **argv);
int pinna_cmd_info(int argc, char **argv);
int pinna_cmd_install_source(int argc, char **argv);
int pinna_cmd_live(int argc, char **argv);
int pinna_cmd_lm(int argc, char **argv);
int pinna_cmd_mix(int argc, char **argv);
int pinna_cmd_report(int argc, char **argv);
int pinna_cmd_score(int argc, char **argv);
int pinna_cmd_train(int argc, char **argv);
int pinna_cmd_transcribe(int argc, char **argv);
int pinna_cmd_vad(int argc, char **argv);

#endif
