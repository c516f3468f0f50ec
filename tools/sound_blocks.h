/* tools/sound_blocks.h -- a sound file block by block, in constant memory
 *
 *     pinna_sound_blocks *blocks;
 *     pinna_sound_blocks_open("in.wav", 0, 0, &blocks, &error);
 *     while (!(status = pinna_sound_blocks_next(blocks, &error)) && blocks->n)
 *         use(blocks->channels, blocks->n);
 *     pinna_sound_blocks_close(blocks); */
#ifndef PINNA_TOOLS_SOUND_BLOCKS_H
#define PINNA_TOOLS_SOUND_BLOCKS_H

#include "datasets/audio_file.h"
#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_SOUND_BLOCK 4096 /* samples per channel */

/* Read the fields, write none. */
typedef struct pinna_sound_blocks {
    pinna_audio_info info;
    float *channels[PINNA_MAX_CHANNELS]; /* [n_channels][n] of this block */
    size_t n;                            /* 0 at the end */
    double share; /* of the wanted part that this block is; 0 if unknown */
    size_t n_done;

    pinna_audio_reader *reader;
    const char *path; /* the caller's */
    size_t n_left;    /* of the wanted part */
    float *memory;
} pinna_sound_blocks;

/* offset_s and duration_s cut a part out; 0, 0 for all. path must outlive the
 * reading. */
pinna_status pinna_sound_blocks_open(const char *path, double offset_s,
                                     double duration_s,
                                     pinna_sound_blocks **out,
                                     pinna_error *error);
/* All of a file of samples without a header; NULL: it has one. */
pinna_status pinna_sound_blocks_open_raw(const char *path,
                                         const pinna_raw_format *raw,
                                         pinna_sound_blocks **out,
                                         pinna_error *error);
void pinna_sound_blocks_close(pinna_sound_blocks *blocks);

pinna_status pinna_sound_blocks_next(pinna_sound_blocks *blocks,
                                     pinna_error *error);

/* The channels of this block averaged into mono [PINNA_SOUND_BLOCK]. */
void pinna_sound_blocks_mix(const pinna_sound_blocks *blocks, float *mono);

/* After the last block: a line on stderr, beginning with who, for a file that
 * ended early or had samples that are no numbers. */
void pinna_sound_blocks_warn(const pinna_sound_blocks *blocks, const char *who);

#endif
