/* tools/cmd_lm.c -- `pinna lm`: counts a language model from text */
#include "datasets/manifest.h"
#include "rnn/kneser_ney.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/sound_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const pinna_usage usage = {
    .command = "lm",
    .synopsis = "[options] TEXT...",
    .summary =
        "Count an n-gram language model, in ARPA format, from text with a "
        "sentence on each\nline, or from the texts of manifests, in lower "
        "case: "
        "interpolated modified\nKneser-Ney smoothing (Chen and Goodman, 1999). "
        "Words are what white space\nseparates, as they are written. For "
        "`pinna transcribe --lm`.\n\n" PINNA_MANIFEST_HELP,
    .examples = "  pinna lm train.txt -o words.arpa\n"
                "  pinna lm --order 2 train.jsonl more.txt -o words.arpa\n"
                "  pinna lm LibriSpeech/train-clean-100 -o english.arpa\n"
                "  tr A-Z a-z <book.txt | pinna lm - -o book.arpa\n",
};

struct counts {
    pinna_kneser_ney *kn;
    size_t n_sentences, n_words;
};

static const char spaces[] = " \t\r\n\v\f";

/* One line, which is written to; blank ones do not count. */
static pinna_status take_sentence(struct counts *counts, char *text,
                                  pinna_error *cause)
{
    pinna_status status = PINNA_OK;
    size_t n = 0;
    char *rest = NULL;

    for (char *word = strtok_r(text, spaces, &rest); word && !status;
         word = strtok_r(NULL, spaces, &rest), n++) {
        status = pinna_kneser_ney_word(counts->kn, word);
        if (status == PINNA_BAD_ARG)
            return pinna_fail(cause, PINNA_BAD_FORMAT,
                              "\"%s\" stands for the ends of sentences", word);
    }
    if (!status && n > 0) {
        status = pinna_kneser_ney_end(counts->kn);
        counts->n_sentences++;
        counts->n_words += n;
    }
    return status ? pinna_fail(cause, status, "%s", pinna_strerror(status))
                  : PINNA_OK;
}

static pinna_status read_lines(struct counts *counts, FILE *file,
                               const char *path, pinna_error *error)
{
    pinna_status status = PINNA_OK;
    char *text = NULL;
    size_t size = 0, line = 0;
    ssize_t n;

    while (!status && (n = getline(&text, &size, file)) >= 0) {
        pinna_error cause = {"no text: has zero bytes"};
        line++;
        status = strlen(text) < (size_t)n ? PINNA_BAD_FORMAT
                                          : take_sentence(counts, text, &cause);
        if (status)
            pinna_fail(error, status, "%s:%zu: %s", path, line, cause.text);
    }
    if (!status && !feof(file))
        status = pinna_fail(error, PINNA_IO, "%s: %s", path, strerror(errno));
    free(text);
    return status;
}

/* As `pinna train ctc` takes its texts. Not <ctype.h>: its answers depend on
 * the locale. */
static void make_lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

static pinna_status read_manifest(struct counts *counts, const char *path,
                                  pinna_error *error)
{
    pinna_manifest manifest;
    pinna_status status = pinna_manifest_read(path, &manifest, error);

    if (status)
        return status;
    for (size_t i = 0; !status && i < manifest.n_entries; i++) {
        const pinna_manifest_entry *entry = &manifest.entries[i];
        pinna_error cause;
        if (!entry->text)
            continue;
        make_lower(entry->text);
        status = take_sentence(counts, entry->text, &cause);
        if (status)
            pinna_fail(error, status, "%s: %s", entry->place, cause.text);
    }
    pinna_manifest_free(&manifest);
    return status;
}

static pinna_status read_text(struct counts *counts, const char *path,
                              pinna_error *error)
{
    if (strcmp(path, "-") == 0)
        return read_lines(counts, stdin, "standard input", error);
    if (pinna_is_manifest_name(path))
        return read_manifest(counts, path, error);
    FILE *file = fopen(path, "r");
    if (!file)
        return pinna_fail(error, errno == ENOENT ? PINNA_NOT_FOUND : PINNA_IO,
                          "%s: %s", path, strerror(errno));
    const pinna_status status = read_lines(counts, file, path, error);
    fclose(file);
    return status;
}

static pinna_status estimate(struct counts *counts, size_t order, bool quiet,
                             pinna_error *error)
{
    size_t n_guessed;

    if (counts->n_sentences == 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "no words in the text");
    const pinna_status status =
        pinna_kneser_ney_estimate(counts->kn, &n_guessed);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    if (quiet)
        return PINNA_OK;
    if (n_guessed > 0)
        pinna_message("pinna lm: warning: little text: took discounts of 0.5, "
                      "1, 1.5 for %zu of %zu orders",
                      n_guessed, order);
    char text[128] = "";
    for (size_t n = 1; n <= order; n++) {
        double discounts[3];
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%zu", n > 1 ? ", " : "",
                 pinna_kneser_ney_count(counts->kn, n, discounts));
    }
    pinna_message("%zu sentences, %zu words; n-grams from single words on: %s",
                  counts->n_sentences, counts->n_words, text);
    return PINNA_OK;
}

static pinna_status write(const pinna_kneser_ney *kn, const char *output,
                          pinna_error *error)
{
    pinna_output_file file;

    if (!output || strcmp(output, "-") == 0) {
        pinna_kneser_ney_write(kn, stdout);
        return PINNA_OK; /* main() looks at stdout */
    }
    const pinna_status status = pinna_output_file_open(output, &file, error);
    if (status)
        return status;
    pinna_kneser_ney_write(kn, file.stream);
    return pinna_output_file_commit(&file, error);
}

static pinna_status run(const pinna_list *files, size_t order,
                        const char *output, bool quiet, pinna_error *error)
{
    struct counts counts = {0};

    pinna_status status = pinna_kneser_ney_new(order, &counts.kn);
    if (status)
        return pinna_fail(error, status, "%s", pinna_strerror(status));
    for (size_t i = 0; !status && i < files->n_items; i++)
        status = read_text(&counts, files->items[i], error);
    if (!status)
        status = estimate(&counts, order, quiet, error);
    if (!status)
        status = write(counts.kn, output, error);
    pinna_kneser_ney_free(counts.kn);
    return status;
}

int pinna_cmd_lm(int argc, char **argv)
{
    const char *output = NULL;
    size_t order = 3;
    bool quiet = false;
    const pinna_option options[] = {
        {"order", 0, "N", "longest n-grams, 1 to 6 (default 3)",
         .count = &order, .low = 1, .high = PINNA_LM_MAX_ORDER},
        {"output", 'o', "OUT", "a file instead of stdout", .text = &output},
        {"quiet", 'q', NULL, "no figures on stderr", .flag = &quiet},
    };
    pinna_list files = {0};
    pinna_error error = {""};

    int code =
        pinna_options_parse(&usage, options, sizeof options / sizeof options[0],
                            argc, argv, &files);
    if (code < 0 && files.n_items == 0)
        code = pinna_usage_error(&usage, "no TEXT");
    if (code < 0) {
        code = PINNA_EXIT_DONE;
        if (run(&files, order, output, quiet, &error)) {
            pinna_message("pinna lm: %s", error.text);
            code = PINNA_EXIT_INPUT;
        }
    }
    pinna_list_free(&files);
    return code;
}
