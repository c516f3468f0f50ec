#include "datasets/keyed_lines.h"

#include "datasets/text_file.h"

#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\v\f";

/* Cut a line, which ends with a zero, into key and value. */
static void split(char *line, pinna_keyed_line *to)
{
    size_t n = strlen(line);

    while (n > 0 && strchr(blanks, line[n - 1]))
        line[--n] = '\0';
    to->key = line;
    line += strcspn(line, blanks);
    if (*line)
        *line++ = '\0';
    to->value = line + strspn(line, blanks);
}

static void split_all(pinna_keyed_lines *lines)
{
    size_t number = 0;

    for (char *line = lines->text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        number++;
        line += strspn(line, blanks);
        if (!*line)
            continue;
        pinna_keyed_line *made = &lines->lines[lines->n];
        split(line, made);
        made->line = number;
        lines->by_key[lines->n++] = made;
    }
}

static int compare(const void *left, const void *right)
{
    const pinna_keyed_line *const *a = left, *const *b = right;
    return strcmp((*a)->key, (*b)->key);
}

/* Of equal keys the earlier line first, for the message. */
static int compare_lines(const void *left, const void *right)
{
    const pinna_keyed_line *const *a = left, *const *b = right;
    const int order = compare(left, right);
    return order ? order
                 : ((*a)->line > (*b)->line) - ((*a)->line < (*b)->line);
}

static pinna_status sort(pinna_keyed_lines *lines, pinna_error *error)
{
    qsort(lines->by_key, lines->n, sizeof *lines->by_key, compare_lines);
    for (size_t i = 1; i < lines->n; i++)
        if (compare(&lines->by_key[i - 1], &lines->by_key[i]) == 0)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s:%zu: \"%.80s\" is there twice", lines->path,
                              lines->by_key[i]->line, lines->by_key[i]->key);
    return PINNA_OK;
}

pinna_status pinna_keyed_lines_read(const char *path, pinna_keyed_lines *lines,
                                    pinna_error *error)
{
    size_t n_bytes, n_lines = 1;

    *lines = (pinna_keyed_lines){0};
    pinna_status status =
        pinna_text_file_read(path, &lines->text, &n_bytes, error);
    if (status)
        return status;
    for (size_t i = 0; i < n_bytes; i++)
        n_lines += lines->text[i] == '\n';
    lines->path = strdup(path);
    lines->lines = calloc(n_lines, sizeof *lines->lines);
    lines->by_key = calloc(n_lines, sizeof *lines->by_key);
    if (lines->path && lines->lines && lines->by_key) {
        split_all(lines);
        status = sort(lines, error);
    } else {
        status = pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    }
    if (status)
        pinna_keyed_lines_free(lines);
    return status;
}

void pinna_keyed_lines_free(pinna_keyed_lines *lines)
{
    free(lines->path);
    free(lines->lines);
    free(lines->by_key);
    free(lines->text);
    *lines = (pinna_keyed_lines){0};
}

const pinna_keyed_line *pinna_keyed_lines_find(const pinna_keyed_lines *lines,
                                               const char *key)
{
    const pinna_keyed_line wanted = {.key = key}, *at = &wanted;

    if (lines->n == 0)
        return NULL;
    const pinna_keyed_line *const *found =
        bsearch(&at, lines->by_key, lines->n, sizeof *lines->by_key, compare);
    return found ? *found : NULL;
}
