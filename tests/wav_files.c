#include "wav_files.h"

#include "support.h"

#include <stdio.h>
#include <string.h>

void put_file(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

void put_u32(unsigned char *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
}

void put_u16(unsigned char *bytes, unsigned value)
{
    bytes[0] = (unsigned char)value;
    bytes[1] = (unsigned char)(value >> 8);
}

size_t build_wav(unsigned char *bytes, unsigned n_channels,
                 uint32_t sample_rate, uint32_t n_promised, size_t n)
{
    memcpy(bytes, "RIFF....WAVEfmt ....", 20);
    put_u32(bytes + 4, 36 + n_promised);
    put_u32(bytes + 16, 16);
    put_u16(bytes + 20, 1); /* PCM */
    put_u16(bytes + 22, n_channels);
    put_u32(bytes + 24, sample_rate);
    put_u32(bytes + 28, sample_rate * n_channels * 2);
    put_u16(bytes + 32, n_channels * 2);
    put_u16(bytes + 34, 16);
    memcpy(bytes + 36, "data", 4);
    put_u32(bytes + 40, n_promised);
    for (size_t i = 0; i < n; i++)
        put_u16(bytes + 44 + 2 * i, 100 + (unsigned)i);
    return 44 + 2 * n;
}

const char *put_wav(const char *name, unsigned n_channels, uint32_t sample_rate,
                    uint32_t n_promised, size_t n)
{
    static unsigned char bytes[100000];
    const char *path = support_temp(name);
    assert_true(44 + 2 * n <= sizeof bytes);
    put_file(path, bytes,
             build_wav(bytes, n_channels, sample_rate, n_promised, n));
    return path;
}
