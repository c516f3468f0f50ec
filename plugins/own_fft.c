/* plugins/own_fft.c -- no KissFFT in plugins
 *
 * Debian has it as a shared library only, and in a host's process its names may
 * lead elsewhere: inside FFmpeg to the copy in libcodec2. */
#include "dsp/fft_engine.h"

const pinna_fft_engine *pinna_fft_fallback(void)
{
    return &pinna_fft_single;
}
