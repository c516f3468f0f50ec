/* tests/ctc_texts.h -- the probability of every text that CTC can write, by the
 * definition: every path, summed up by its text */
#ifndef PINNA_TESTS_CTC_TEXTS_H
#define PINNA_TESTS_CTC_TEXTS_H

#include <stddef.h>

enum { MAX_TEXTS = 4096, MAX_LENGTH = 8 };

typedef struct ctc_text {
    int tokens[MAX_LENGTH];
    size_t n;
    double p;
} ctc_text;

typedef struct ctc_texts {
    ctc_text items[MAX_TEXTS];
    size_t n;
} ctc_texts;

/* Of logits [T, V], the likeliest text first; to be freed. */
ctc_texts *enumerate_texts(const float *logits, size_t T, size_t V, int blank);

#endif
