#include "tools/data_hash.h"

#include <string.h>

uint64_t pinna_hash(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

uint64_t pinna_hash_text(uint64_t hash, const char *text)
{
    return pinna_hash(hash, text, strlen(text) + 1);
}
