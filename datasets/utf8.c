#include "datasets/utf8.h"

size_t pinna_utf8_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char a = at[0];
    const size_t n = a < 0x80                ? 1
                     : a >= 0xc2 && a < 0xe0 ? 2
                     : a >= 0xe0 && a < 0xf0 ? 3
                     : a >= 0xf0 && a < 0xf5 ? 4
                                             : 0;

    for (size_t i = 1; i < n; i++)
        if ((at[i] & 0xc0) != 0x80) /* the closing zero stops here */
            return 0;
    if ((a == 0xe0 && at[1] < 0xa0) || (a == 0xed && at[1] >= 0xa0) ||
        (a == 0xf0 && at[1] < 0x90) || (a == 0xf4 && at[1] >= 0x90))
        return 0;
    return n;
}
