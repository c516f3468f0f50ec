/* tools/output_paths.h -- where the results of several inputs go
 *
 * -o of commands that write one file for each input: one input goes to the
 * file named, several go into the folder named, under their own names. */
#ifndef PINNA_TOOLS_OUTPUT_PATHS_H
#define PINNA_TOOLS_OUTPUT_PATHS_H

#include "tools/options.h"

/* paths [inputs->n_items], to be freed with pinna_output_paths_free(), also
 * after a failure. suffix (".npy") replaces that of the inputs, NULL keeps it.
 * Makes the folder. Returns -1 to go on, or the exit code. */
int pinna_output_paths(const pinna_usage *usage, const pinna_list *inputs,
                       const char *output, const char *suffix, char ***paths);
void pinna_output_paths_free(char **paths, size_t n);

/* A usage error, its exit code, when output is the file of one of the inputs;
 * -1 if not. */
int pinna_refuse_own_input(const pinna_usage *usage, const pinna_list *inputs,
                           const char *output);

/* A usage error when the file `input` lies right in a folder where results with
 * names of their own go; -1 if not. */
int pinna_refuse_input_in(const pinna_usage *usage, const char *input,
                          const char *folder);

/* A usage error when two inputs have the same name but for folder and suffix:
 * they would share their key in an archive; -1 if none. */
int pinna_refuse_twin_names(const pinna_usage *usage, const pinna_list *inputs);

/* As pinna_refuse_own_input() for paths [inputs->n_items], each against its own
 * input. */
int pinna_refuse_own_inputs(const pinna_usage *usage, const pinna_list *inputs,
                            char *const *paths);

#endif
