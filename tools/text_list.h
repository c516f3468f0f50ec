/* tools/text_list.h -- texts of utterances by name: TRN ("the text (name)"), or
 * lines of a name and its text, separated by a tab or spaces */
#ifndef PINNA_TOOLS_TEXT_LIST_H
#define PINNA_TOOLS_TEXT_LIST_H

#include "dsp/status.h"
#include "rnn/word_table.h"

#include <stddef.h>

typedef struct pinna_text_list {
    pinna_word_table names; /* in the order of the file */
    char **texts;           /* [names.n_words] within bytes */
    char *bytes;
} pinna_text_list;

/* A file whose first line ends with a name in parentheses is TRN. Blank lines
 * and those that begin with ";;" do not count. Errors name file and line: a
 * name that is there twice, or missing. list is to be freed, always. */
pinna_status pinna_text_list_read(const char *path, pinna_text_list *list,
                                  pinna_error *error);
void pinna_text_list_free(pinna_text_list *list);

/* NULL when there is none of that name. */
const char *pinna_text_list_find(const pinna_text_list *list, const char *name);

#endif
