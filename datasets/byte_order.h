/* datasets/byte_order.h -- numbers of a file, little-endian (le) or big-endian
 * (be), on any machine */
#ifndef PINNA_DATASETS_BYTE_ORDER_H
#define PINNA_DATASETS_BYTE_ORDER_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline unsigned pinna_u16_le(const unsigned char *bytes)
{
    return (unsigned)bytes[0] | (unsigned)bytes[1] << 8;
}

static inline unsigned pinna_u16_be(const unsigned char *bytes)
{
    return (unsigned)bytes[0] << 8 | (unsigned)bytes[1];
}

static inline uint32_t pinna_u32_le(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
           (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline uint32_t pinna_u32_be(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3];
}

static inline float pinna_f32_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline double pinna_f64_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline float pinna_f32_le(const unsigned char *bytes)
{
    return pinna_f32_of(pinna_u32_le(bytes));
}

static inline float pinna_f32_be(const unsigned char *bytes)
{
    return pinna_f32_of(pinna_u32_be(bytes));
}

static inline double pinna_f64_le(const unsigned char *bytes)
{
    return pinna_f64_of((uint64_t)pinna_u32_le(bytes) |
                        (uint64_t)pinna_u32_le(bytes + 4) << 32);
}

static inline double pinna_f64_be(const unsigned char *bytes)
{
    return pinna_f64_of((uint64_t)pinna_u32_be(bytes) << 32 |
                        (uint64_t)pinna_u32_be(bytes + 4));
}

/* Whether the bytes were taken the stream tells (ferror). */
static inline void pinna_put_u16_le(FILE *file, unsigned value)
{
    fputc((int)(value & 0xff), file);
    fputc((int)(value >> 8 & 0xff), file);
}

static inline void pinna_put_u32_le(FILE *file, uint32_t value)
{
    pinna_put_u16_le(file, value & 0xffff);
    pinna_put_u16_le(file, value >> 16);
}

static inline void pinna_put_u32_be(FILE *file, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        fputc((int)(value >> shift & 0xff), file);
}

static inline void pinna_put_f32_le(FILE *file, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    pinna_put_u32_le(file, bits);
}

static inline void pinna_put_f32_be(FILE *file, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    pinna_put_u32_be(file, bits);
}

static inline void pinna_put_f64_le(FILE *file, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    pinna_put_u32_le(file, (uint32_t)(bits & 0xffffffff));
    pinna_put_u32_le(file, (uint32_t)(bits >> 32));
}

#endif
