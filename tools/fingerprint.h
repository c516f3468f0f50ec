/* tools/fingerprint.h -- one number for many bytes, to tell whether two places
 * have the same (FNV-1a of 64 bits; Fowler, Noll and Vo 1991) */
#ifndef PINNA_TOOLS_FINGERPRINT_H
#define PINNA_TOOLS_FINGERPRINT_H

#include "datasets/corpus.h"
#include "tools/options.h"

#include <stddef.h>
#include <stdint.h>

#define PINNA_FINGERPRINT_NONE UINT64_C(14695981039346656037)

/* Of what came before and these bytes; begin with PINNA_FINGERPRINT_NONE. */
uint64_t pinna_fingerprint(uint64_t before, const void *bytes, size_t n);

/* Samples, texts, speakers and labels in their order, wherever they came
 * from. */
uint64_t pinna_fingerprint_corpus(uint64_t before, const pinna_corpus *corpus);

/* What the option is set to. */
uint64_t pinna_fingerprint_option(const pinna_option *option);

#endif
