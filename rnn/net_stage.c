#include "rnn/net_stage.h"

#include "rnn/block.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

pinna_status pinna_net_stage_new(size_t max_rows, size_t width,
                                 pinna_net_stage *stage)
{
    *stage = (pinna_net_stage){.width = width};
    const pinna_block_array arrays[] = {
        {&stage->y, 1, max_rows, width},
        {&stage->dropped, 1, max_rows, width},
        {&stage->mask, 1, max_rows, width},
        {&stage->dy, 1, max_rows, width},
    };
    return pinna_block_new(arrays, sizeof arrays / sizeof *arrays,
                           &stage->block);
}

void pinna_net_stage_free(pinna_net_stage *stage)
{
    free(stage->block);
    *stage = (pinna_net_stage){0};
}

void pinna_net_stage_drop(pinna_net_stage *stage, size_t n_rows, double dropout,
                          pinna_rng *rng)
{
    stage->out = stage->y;
    if (dropout <= 0)
        return;

    /* One 64-bit draw serves four elements, 16 bits each. */
    const uint64_t threshold = (uint64_t)(dropout * 65536);
    const float keep = (float)(1 / (1 - (double)threshold / 65536));
    const size_t n = n_rows * stage->width;
    uint64_t draw = 0;
    for (size_t i = 0; i < n; i++) {
        if (i % 4 == 0)
            draw = pinna_rng_next(rng);
        stage->mask[i] = (draw & 0xffff) < threshold ? 0.0f : keep;
        draw >>= 16;
        stage->dropped[i] = stage->y[i] * stage->mask[i];
    }
    stage->out = stage->dropped;
}

void pinna_net_stage_drop_backward(pinna_net_stage *stage, size_t n_rows)
{
    if (stage->out == stage->y)
        return;
    for (size_t i = 0; i < n_rows * stage->width; i++)
        stage->dy[i] *= stage->mask[i];
}

static size_t width_of(const pinna_net_stage *stages, size_t n_stages)
{
    size_t width = 0;
    for (size_t i = 0; i < n_stages; i++)
        width += stages[i].width;
    return width;
}

void pinna_net_stages_join(const pinna_net_stage *stages, size_t n_stages,
                           size_t n_rows, float *joined)
{
    const size_t width = width_of(stages, n_stages);

    for (size_t i = 0; i < n_stages; joined += stages[i++].width)
        for (size_t row = 0; row < n_rows; row++)
            memcpy(joined + row * width, stages[i].out + row * stages[i].width,
                   stages[i].width * sizeof(float));
}

void pinna_net_stages_split(pinna_net_stage *stages, size_t n_stages,
                            size_t n_rows, const float *djoined)
{
    const size_t width = width_of(stages, n_stages);

    for (size_t i = 0; i < n_stages; djoined += stages[i++].width)
        for (size_t row = 0; row < n_rows; row++)
            memcpy(stages[i].dy + row * stages[i].width, djoined + row * width,
                   stages[i].width * sizeof(float));
}
