#include "tools/base64.h"

#include <stdint.h>

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Three bytes to four letters; the last group may have n = 1 or 2. */
static void write_group(const unsigned char *bytes, size_t n, FILE *to)
{
    const uint32_t bits = (uint32_t)bytes[0] << 16 |
                          (uint32_t)(n > 1 ? bytes[1] : 0) << 8 |
                          (uint32_t)(n > 2 ? bytes[2] : 0);

    fputc(letters[bits >> 18], to);
    fputc(letters[bits >> 12 & 63], to);
    fputc(n > 1 ? letters[bits >> 6 & 63] : '=', to);
    fputc(n > 2 ? letters[bits & 63] : '=', to);
}

pinna_status pinna_base64_copy(FILE *from, FILE *to)
{
    unsigned char block[3 * 1024];
    size_t n;

    rewind(from);
    while ((n = fread(block, 1, sizeof block, from)) > 0)
        for (size_t i = 0; i < n; i += 3)
            write_group(block + i, n - i < 3 ? n - i : 3, to);
    return ferror(from) ? PINNA_IO : PINNA_OK;
}
