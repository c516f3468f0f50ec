#include "dsp/fft_engine.h"

const pinna_fft_engine *pinna_fft_fallback(void)
{
    return &pinna_fft_kiss;
}
