/* tests/wav_files.h -- WAV files, sound or broken, byte by byte */
#ifndef PINNA_TESTS_WAV_FILES_H
#define PINNA_TESTS_WAV_FILES_H

#include <stddef.h>
#include <stdint.h>

void put_file(const char *path, const void *bytes, size_t n);

/* Little-endian. */
void put_u32(unsigned char *bytes, uint32_t value);
void put_u16(unsigned char *bytes, unsigned value);

/* A WAV of n 16-bit values (all channels together): 100, 101, 102 ... whose
 * header promises n_promised bytes of them. Gives the size. */
size_t build_wav(unsigned char *bytes, unsigned n_channels,
                 uint32_t sample_rate, uint32_t n_promised, size_t n);

/* The same as a file in the temporary folder; its path as support_temp() gives
 * it. */
const char *put_wav(const char *name, unsigned n_channels, uint32_t sample_rate,
                    uint32_t n_promised, size_t n);

#endif
