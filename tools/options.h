/* tools/options.h -- the options of one subcommand, over getopt_long
 *
 *     const char *output = NULL;
 *     double limit_db = 100;
 *     const pinna_option options[] = {
 *         {"output", 'o', "PATH", "where the result goes", .text = &output},
 *         {"atten-limit", 0, "DB", "lower no band by more (default 100)",
 *          .number = &limit_db, .low = 0, .high = 100},
 *     };
 *     pinna_list files = {0};
 *     const int code = pinna_options_parse(&usage, options, 2, argc, argv,
 *                                          &files);
 *     if (code >= 0)
 *         return code;
 *
 * -h and --help are always there. Options and files may come in any order;
 * after "--" everything is a file. */
#ifndef PINNA_TOOLS_OPTIONS_H
#define PINNA_TOOLS_OPTIONS_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PINNA_MAX_OPTIONS 96 /* of one command */

/* Strings of argv, in order; they are not copied. */
typedef struct pinna_list {
    const char **items;
    size_t n_items;
} pinna_list;

void pinna_list_free(pinna_list *list);

/* One option. Exactly one of the destinations is set; it keeps its value when
 * the option is not given. */
typedef struct pinna_option {
    const char *name;   /* "atten-limit" for --atten-limit */
    char letter;        /* 'a' for -a, or 0 */
    const char *value;  /* what --help calls the value; NULL for a flag */
    const char *help;   /* one or more lines, separated by \n */
    bool shows_default; /* --help adds what the destination holds */
    bool once;          /* of this call alone: not kept with the others */
    bool *given;        /* set when the option is; may be NULL */

    bool *flag;        /* set by its presence; --NAME=false unsets it */
    const char **text; /* any string */
    double *number;    /* low .. high */
    size_t *count;     /* low .. high */
    uint64_t *seed;    /* any number from 0 on */
    pinna_list *list;  /* may be repeated; takes the words that follow, too, */
    bool one_each;     /* unless this is set */
    double low, high;
} pinna_option;

/* What --help says around the options. */
/* Of commands that take manifests (datasets/manifest.h). */
#define PINNA_MANIFEST_HELP                                                    \
    "A MANIFEST is a file of JSON Lines with \"audio_filepath\" and "          \
    "\"text\"; a table\n(.csv, .tsv) whose first line names such columns, "    \
    "as those of DeepSpeech and\nCommon Voice; a data folder of Kaldi "        \
    "(wav.scp of files, text, utt2spk,\nsegments); a folder as "               \
    "LibriSpeech's (SPEAKER/CHAPTER/*.trans.txt); or any\nother folder: the "  \
    "sounds below it."

typedef struct pinna_usage {
    const char *command;  /* "denoise" */
    const char *synopsis; /* "[options] FILE... -o OUT" */
    const char *summary;  /* one or more lines */
    const char *examples; /* lines, each an example */
} pinna_usage;

/* Sets the destinations and appends what is no option to files (NULL: the
 * command takes none). Returns -1 to go on, or the exit code: 0 after --help
 * (on stdout), PINNA_EXIT_USAGE after one line on stderr. No arguments at all:
 * the usage line. files and lists are the caller's to free, always. */
int pinna_options_parse(const pinna_usage *usage, const pinna_option *options,
                        size_t n_options, int argc, char **argv,
                        pinna_list *files);

/* Set one destination to text, as behind the option on a command line; NULL for
 * a flag. A list gets room for `room` words with its first. PINNA_BAD_ARG:
 * "--lr 3: not a number from 0 to 1". */
pinna_status pinna_option_take(const pinna_option *option, const char *text,
                               size_t room, pinna_error *error);

/* "pinna denoise: MESSAGE; see pinna denoise --help" on stderr; gives
 * PINNA_EXIT_USAGE. */
int pinna_usage_error(const pinna_usage *usage, const char *format, ...)
    PINNA_PRINTF(2, 3);

/* The whole text as a number, within low .. high. */
bool pinna_parse_number(const char *text, double low, double high,
                        double *number);

/* "-5,0,5": at most max numbers within low .. high. */
bool pinna_parse_numbers(const char *text, double low, double high,
                         double *numbers, size_t max, size_t *n);

/* Index of text among the names [n], or n. */
size_t pinna_parse_choice(const char *text, const char *const *names, size_t n);

/* Of -j and --threads: one for each processor. */
size_t pinna_default_jobs(void);

#endif
