/* datasets/raw_format.h -- what samples without a header are, as it is stated
 * on a command line: "s16:48000:2" */
#ifndef PINNA_DATASETS_RAW_FORMAT_H
#define PINNA_DATASETS_RAW_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* Little-endian, channels interleaved. */
typedef enum pinna_raw_kind {
    PINNA_RAW_U8,
    PINNA_RAW_S16,
    PINNA_RAW_S24,
    PINNA_RAW_S32,
    PINNA_RAW_F32, /* full scale +-1 */
    PINNA_N_RAW_KINDS
} pinna_raw_kind;

typedef struct pinna_raw_format {
    pinna_raw_kind kind;
    unsigned sample_rate; /* Hz */
    size_t n_channels;
} pinna_raw_format;

/* For --help. */
#define PINNA_RAW_FORMATS "u8, s16, s24, s32 or f32"

/* "FORMAT:RATE:CHANNELS", with rate and channels as sound files may have them
 * (datasets/audio_file.h). False when it is not that. */
bool pinna_raw_format_parse(const char *text, pinna_raw_format *format);

#endif
