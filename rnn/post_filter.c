#include "rnn/post_filter.h"

#include <math.h>

#define BETA 0.02f

float pinna_post_filter_warp(float gain)
{
    return gain * sinf((float)(0.5 * PINNA_PI) * gain);
}

float pinna_post_filter_compensation(float plain, float warped)
{
    return warped > 0
               ? sqrtf((1 + BETA) / (warped / plain + BETA * plain / warped))
               : 1;
}
