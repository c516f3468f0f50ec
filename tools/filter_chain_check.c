#include "tools/filter_chain_check.h"

#include "datasets/text_file.h"
#include "rnn/denoise_controls.h"
#include "tools/options.h"

#include <stdlib.h>
#include <string.h>

/* What PipeWire takes instead of JSON: strings may go without quotes, and = :
 * and , are as good as space. */
#define SPACE  " \t\r\n=:,"
#define SINGLE "{}[]"

/* A place in a text, and the word there. */
struct reader {
    const char *path, *next;
    size_t line;
    char word[256]; /* "" at the end */
    bool quoted;
};

static void put(struct reader *reader, size_t *n, char c)
{
    if (*n + 1 < sizeof reader->word)
        reader->word[(*n)++] = c;
}

static void skip_space(struct reader *reader)
{
    for (;; reader->next++) {
        if (*reader->next == '#')
            reader->next += strcspn(reader->next, "\n");
        if (*reader->next == '\0' || !strchr(SPACE, *reader->next))
            return;
        reader->line += *reader->next == '\n';
    }
}

static void advance(struct reader *reader)
{
    size_t n = 0;

    skip_space(reader);
    reader->quoted = *reader->next == '"';
    if (reader->quoted) {
        for (reader->next++; *reader->next && *reader->next != '"';
             reader->next++) {
            reader->next += *reader->next == '\\' && reader->next[1];
            put(reader, &n, *reader->next);
        }
        reader->next += *reader->next == '"';
    } else if (*reader->next && strchr(SINGLE, *reader->next)) {
        put(reader, &n, *reader->next++);
    } else {
        while (*reader->next && !strchr(SPACE SINGLE "\"#", *reader->next))
            put(reader, &n, *reader->next++);
    }
    reader->word[n] = '\0';
}

static struct reader read_from(const char *path, const char *text)
{
    struct reader reader = {.path = path, .next = text, .line = 1};

    advance(&reader);
    return reader;
}

/* Nothing, and not "". */
static bool at_end(const struct reader *reader)
{
    return reader->word[0] == '\0' && !reader->quoted;
}

static bool holds(const char *text, const char *word)
{
    struct reader reader = read_from(NULL, text);

    while (!at_end(&reader) && strcmp(reader.word, word) != 0)
        advance(&reader);
    return !at_end(&reader);
}

static pinna_status differs(const struct reader *got, const struct reader *want,
                            pinna_error *error)
{
    if (at_end(got))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s:%zu: it ends where install-source writes \"%s\"",
                          got->path, got->line, want->word);
    if (at_end(want))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s:%zu: \"%s\" is more than install-source writes",
                          got->path, got->line, got->word);
    return pinna_fail(error, PINNA_BAD_FORMAT,
                      "%s:%zu: \"%s\" where install-source writes \"%s\"",
                      got->path, got->line, got->word, want->word);
}

/* "Mix (%)" = 80.0 */
static pinna_status check_control(struct reader *got, size_t n_channels,
                                  pinna_plugin_kind kind, pinna_error *error)
{
    pinna_control controls[PINNA_N_CONTROLS];
    const size_t n = pinna_controls_of(n_channels, controls);
    char name[sizeof got->word];
    double value;

    for (size_t i = 0; i < n; i++) {
        const pinna_control_info *info = &pinna_controls[controls[i]];
        pinna_filter_chain_control(kind, controls[i], name, sizeof name);
        if (strcmp(got->word, name) != 0)
            continue;
        advance(got);
        if (!pinna_parse_number(got->word, (double)info->least,
                                (double)info->most, &value))
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s:%zu: %s is \"%s\", not %g to %g", got->path,
                              got->line, name, got->word, (double)info->least,
                              (double)info->most);
        return PINNA_OK;
    }
    return pinna_fail(error, PINNA_BAD_FORMAT,
                      "%s:%zu: the plugin has no control \"%s\"", got->path,
                      got->line, got->word);
}

/* From one { to its }, which is in none. */
static pinna_status check_controls(struct reader *got, struct reader *want,
                                   bool sink, pinna_plugin_kind kind,
                                   pinna_error *error)
{
    pinna_status status = PINNA_OK;

    while (strcmp(want->word, "}") != 0)
        advance(want);
    for (advance(got); !status && strcmp(got->word, "}") != 0 && !at_end(got);
         advance(got))
        status = check_control(got, sink ? 2 : 1, kind, error);
    return !status && at_end(got) ? differs(got, want, error) : status;
}

static pinna_status compare(struct reader *got, struct reader *want, bool sink,
                            pinna_plugin_kind kind, pinna_error *error)
{
    char before[sizeof got->word] = "";

    while (!at_end(got) || !at_end(want)) {
        pinna_status status = PINNA_OK;
        if (strcmp(before, "target.object") == 0)
            ;
        else if (strcmp(got->word, want->word) != 0 ||
                 at_end(got) != at_end(want))
            return differs(got, want, error);
        else if (strcmp(before, "control") == 0)
            status = check_controls(got, want, sink, kind, error);
        if (status)
            return status;
        memcpy(before, got->word, sizeof before);
        advance(got);
        advance(want);
    }
    return PINNA_OK;
}

pinna_status pinna_filter_chain_check(const char *path, bool sink,
                                      pinna_plugin_kind *kind,
                                      pinna_error *error)
{
    char *text, *written = NULL;
    size_t n_text, n_written;

    *kind = PINNA_PLUGIN_LV2;
    const pinna_status status =
        pinna_text_file_read(path, &text, &n_text, error);
    if (status)
        return status;
    if (holds(text, "ladspa"))
        *kind = PINNA_PLUGIN_LADSPA;
    FILE *file = open_memstream(&written, &n_written);
    if (file)
        pinna_filter_chain_write(file, sink, *kind,
                                 holds(text, "target.object") ? "any" : NULL);
    pinna_status same = PINNA_NO_MEMORY;
    if (!file || fclose(file) != 0) {
        pinna_fail(error, same, "out of memory");
    } else {
        struct reader got = read_from(path, text);
        struct reader want = read_from(NULL, written);
        same = compare(&got, &want, sink, *kind, error);
    }
    free(written);
    free(text);
    return same;
}
