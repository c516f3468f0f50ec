/* datasets/subwords.h -- frequent pieces of words, learned from texts
 *
 * Byte-pair encoding (Gage 1994; Sennrich, Haddow and Birch 2016) on
 * characters: each word of the texts, in lower case, begins as the mark and its
 * characters; then, again and again, the most frequent pair of neighbours
 * within words becomes one piece everywhere. Of equally frequent pairs the one
 * whose pieces came first is taken. */
#ifndef PINNA_DATASETS_SUBWORDS_H
#define PINNA_DATASETS_SUBWORDS_H

#include "datasets/labels.h"
#include "dsp/status.h"

#include <stddef.h>

/* Labels of PINNA_UNIT_SUBWORD: "<blank>", the mark, every character of the
 * texts [n_texts] by its bytes, then the joined pieces as they came: at most
 * n_pieces in all beside the blank, fewer when no other pair is there twice.
 * NULL is no text. Words with "<" or the mark, which mean something else among
 * tokens, do not count: so nothing spells them if no other word has these
 * characters. PINNA_BAD_ARG when n_pieces are too few for the mark and
 * the characters, or the texts have no word. */
pinna_status pinna_subwords_learn(const char *const *texts, size_t n_texts,
                                  size_t n_pieces, pinna_labels *labels,
                                  pinna_error *error);

#endif
