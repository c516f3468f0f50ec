/* tools/data_hash.h -- a number that tells whether data are the same: FNV-1a
 * over their bytes (Fowler, Noll and Vo)
 *
 *     uint64_t hash = PINNA_HASH_BEGIN;
 *     hash = pinna_hash(hash, values, n * sizeof *values);
 *     hash = pinna_hash_text(hash, name);
 */
#ifndef PINNA_TOOLS_DATA_HASH_H
#define PINNA_TOOLS_DATA_HASH_H

#include <stddef.h>
#include <stdint.h>

#define PINNA_HASH_BEGIN UINT64_C(14695981039346656037)

/* bytes may be NULL when n is 0. */
uint64_t pinna_hash(uint64_t hash, const void *bytes, size_t n);

/* With its closing zero, so that "a", "bc" is not "ab", "c". */
uint64_t pinna_hash_text(uint64_t hash, const char *text);

#endif
