/* tools/option_file.h -- options from a JSON file, and back
 *
 *     {"lr": 0.001, "train": ["a.jsonl", "b.jsonl"], "nesterov": true}
 *
 * Keys are the long names; what the command line says wins. A model file
 * (.safetensors) stands for the options it was trained with. */
#ifndef PINNA_TOOLS_OPTION_FILE_H
#define PINNA_TOOLS_OPTION_FILE_H

#include "dsp/status.h"
#include "rnn/model.h"
#include "tools/json_writer.h"
#include "tools/options.h"

#include <stddef.h>

/* Keeps the strings that options point to. Zero-initialise it. */
typedef struct pinna_option_file {
    void *json;
} pinna_option_file;

/* pinna_options_parse(), with the file that *path names after it, if any, below
 * the command line. One line on stderr for a key or value that is none:
 * "FILE:LINE: --lr 3: not a number from 0 to 1". */
int pinna_option_file_parse(const pinna_usage *usage,
                            const pinna_option *options, size_t n_options,
                            int argc, char **argv, const char *const *path,
                            pinna_option_file *file);
void pinna_option_file_free(pinna_option_file *file);

/* The text that a model's training had for an option, to be freed; NULL when it
 * tells none, or without memory. */
char *pinna_option_of_training(const pinna_model *model, const char *option);

/* All options that have a value and are not of one call alone, as an object. */
void pinna_option_file_write(const pinna_option *options, size_t n_options,
                             const char *key, pinna_json *json);

#endif
