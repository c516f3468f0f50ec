#include "tools/text_list.h"

#include "rnn/whole_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)1 << 32)

static const char spaces[] = " \t\r\v\f";

/* Cut white space off the end. */
static void trim(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && strchr(spaces, text[n - 1]))
        n--;
    text[n] = '\0';
}

/* "the text (name)": the name; the parenthesis is cut off. */
static char *cut_trn_name(char *line)
{
    const size_t n = strlen(line);
    char *open = strrchr(line, '(');

    if (!open || n == 0 || line[n - 1] != ')' || open[1] == ')')
        return NULL;
    line[n - 1] = '\0';
    *open = '\0';
    trim(line);
    return open + 1;
}

/* One line that is not blank. */
static pinna_status take_line(pinna_text_list *list, char *line, bool trn,
                              const char *path, size_t number,
                              pinna_error *error)
{
    char *name = line, *text = line;
    uint32_t index;

    if (trn) {
        name = cut_trn_name(line);
        if (!name)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s:%zu: no (name) at the end", path, number);
    } else {
        text += strcspn(text, spaces);
        if (*text)
            *text++ = '\0';
    }
    if (pinna_word_table_find(&list->names, name) != PINNA_NO_WORD)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s:%zu: \"%s\" again", path,
                          number, name);
    if (pinna_word_table_add(&list->names, name, &index))
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    list->texts[index] = text;
    return PINNA_OK;
}

static pinna_status take_lines(pinna_text_list *list, size_t n_bytes,
                               const char *path, pinna_error *error)
{
    char *const end = list->bytes + n_bytes;
    size_t number = 0;
    int trn = -1; /* not yet known */
    pinna_status status = PINNA_OK;

    if (memchr(list->bytes, '\0', n_bytes))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: no text: has zero bytes", path);
    for (char *line = list->bytes, *next; !status && line < end; line = next) {
        const size_t n = strcspn(line, "\n");
        next = line + n + (line + n < end);
        line[n] = '\0';
        number++;
        trim(line);
        line += strspn(line, spaces);
        if (*line == '\0' || strncmp(line, ";;", 2) == 0)
            continue;
        if (trn < 0)
            trn = line[strlen(line) - 1] == ')' && strchr(line, '(');
        status = take_line(list, line, trn, path, number, error);
    }
    if (!status && list->names.n_words == 0)
        status = pinna_fail(error, PINNA_BAD_FORMAT, "%s: no texts", path);
    return status;
}

pinna_status pinna_text_list_read(const char *path, pinna_text_list *list,
                                  pinna_error *error)
{
    size_t n_bytes, n_lines = 1;

    *list = (pinna_text_list){0};
    const pinna_status status =
        pinna_whole_file_text(path, MAX_BYTES, &list->bytes, &n_bytes, error);
    if (status)
        return status;
    for (size_t i = 0; i < n_bytes; i++)
        n_lines += list->bytes[i] == '\n';
    list->texts = calloc(n_lines, sizeof *list->texts);
    if (!list->texts)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    return take_lines(list, n_bytes, path, error);
}

void pinna_text_list_free(pinna_text_list *list)
{
    pinna_word_table_free(&list->names);
    free(list->texts);
    free(list->bytes);
    *list = (pinna_text_list){0};
}

const char *pinna_text_list_find(const pinna_text_list *list, const char *name)
{
    const uint32_t index = pinna_word_table_find(&list->names, name);
    return index == PINNA_NO_WORD ? NULL : list->texts[index];
}
