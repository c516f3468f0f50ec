#include "dsp/erb.h"

#include <math.h>
#include <stdlib.h>

/* A bin lies between the centres of bands `low` and `high`; weight is that of
 * high, 1 - weight that of low. On a centre and beyond the last one both are
 * the same band, so that no band is read that the bin has no share in. */
typedef struct bin_share {
    size_t low, high;
    float weight;
} bin_share;

struct pinna_erb_bank {
    size_t n_bands, n_bins, n_used;
    float *inverse_sum; /* [n_bands] 1 / sum of weights; 0 when empty */
    bin_share shares[]; /* [n_bins] */
};

/* Glasberg and Moore, 1990, equation 4. */
double pinna_hz_to_erb(double hz)
{
    return 21.4 * log10(1.0 + 0.00437 * hz);
}

double pinna_erb_to_hz(double erb)
{
    return (pow(10.0, erb / 21.4) - 1.0) / 0.00437;
}

pinna_status pinna_erb_centres(size_t n_bands, double step_hz, double linear_hz,
                               double top_hz, double *centres_hz)
{
    if (!(step_hz > 0.0) || !(linear_hz >= 0.0) || !(top_hz > linear_hz) ||
        !isfinite(top_hz) || linear_hz / step_hz >= (double)n_bands)
        return PINNA_BAD_ARG;

    const size_t n_linear = (size_t)(linear_hz / step_hz);
    for (size_t b = 0; b < n_linear; b++)
        centres_hz[b] = step_hz * (double)(b + 1);

    const size_t n_curved = n_bands - n_linear;
    const double first = pinna_hz_to_erb(step_hz * (double)n_linear);
    const double range = pinna_hz_to_erb(top_hz) - first;
    for (size_t b = 0; b < n_curved; b++) {
        const double erb = first + range * (double)(b + 1) / (double)n_curved;
        centres_hz[n_linear + b] = pinna_erb_to_hz(erb);
    }
    centres_hz[n_bands - 1] = top_hz; /* free of rounding */
    return PINNA_OK;
}

static bin_share find_share(const double *centres_hz, size_t n_bands, double hz)
{
    if (hz <= centres_hz[0])
        return (bin_share){0, 0, 0.0f};

    size_t high = 1;
    while (high < n_bands && centres_hz[high] <= hz)
        high++;
    const size_t low = high - 1;
    if (high == n_bands)
        return (bin_share){low, low, 0.0f};

    const float weight =
        (float)((hz - centres_hz[low]) / (centres_hz[high] - centres_hz[low]));
    if (weight <= 0.0f)
        return (bin_share){low, low, 0.0f};
    if (weight >= 1.0f)
        return (bin_share){high, high, 0.0f};
    return (bin_share){low, high, weight};
}

/* Sum the weights of each band, invert, and count the bands in use. */
static void set_sums(pinna_erb_bank *bank)
{
    for (size_t k = 0; k < bank->n_bins; k++) {
        const bin_share *share = &bank->shares[k];
        bank->inverse_sum[share->low] += 1.0f - share->weight;
        bank->inverse_sum[share->high] += share->weight;
    }
    for (size_t b = 0; b < bank->n_bands; b++) {
        if (bank->inverse_sum[b] > 0.0f) {
            bank->inverse_sum[b] = 1.0f / bank->inverse_sum[b];
            bank->n_used = b + 1;
        }
    }
}

pinna_status pinna_erb_bank_new(const double *centres_hz, size_t n_bands,
                                size_t n_fft, double sample_rate,
                                pinna_erb_bank **out)
{
    *out = NULL;
    if (n_bands == 0 || n_fft < 2 || n_fft % 2 != 0 || !(sample_rate > 0.0) ||
        !isfinite(sample_rate) || !(centres_hz[0] > 0.0))
        return PINNA_BAD_ARG;
    for (size_t b = 1; b < n_bands; b++)
        if (!(centres_hz[b] > centres_hz[b - 1]))
            return PINNA_BAD_ARG;

    const size_t n_bins = n_fft / 2 + 1;
    pinna_erb_bank *bank = calloc(1, sizeof *bank + n_bins * sizeof(bin_share));
    if (!bank)
        return PINNA_NO_MEMORY;
    bank->inverse_sum = calloc(n_bands, sizeof(float));
    if (!bank->inverse_sum) {
        pinna_erb_bank_free(bank);
        return PINNA_NO_MEMORY;
    }

    bank->n_bands = n_bands;
    bank->n_bins = n_bins;
    for (size_t k = 0; k < n_bins; k++) {
        const double hz = (double)k * sample_rate / (double)n_fft;
        bank->shares[k] = find_share(centres_hz, n_bands, hz);
    }
    set_sums(bank);

    *out = bank;
    return PINNA_OK;
}

void pinna_erb_bank_free(pinna_erb_bank *bank)
{
    if (!bank)
        return;
    free(bank->inverse_sum);
    free(bank);
}

size_t pinna_erb_bank_n_used(const pinna_erb_bank *bank)
{
    return bank->n_used;
}

void pinna_erb_bank_gather(const pinna_erb_bank *bank, const float *power,
                           float *bands)
{
    for (size_t b = 0; b < bank->n_bands; b++)
        bands[b] = 0.0f;
    for (size_t k = 0; k < bank->n_bins; k++) {
        const bin_share *share = &bank->shares[k];
        bands[share->low] += (1.0f - share->weight) * power[k];
        bands[share->high] += share->weight * power[k];
    }
    for (size_t b = 0; b < bank->n_bands; b++)
        bands[b] *= bank->inverse_sum[b];
}

void pinna_erb_bank_spread(const pinna_erb_bank *bank, const float *gains,
                           float *bins)
{
    for (size_t k = 0; k < bank->n_bins; k++) {
        const bin_share *share = &bank->shares[k];
        const float low = gains[share->low];
        const float high = gains[share->high];
        bins[k] = low + share->weight * (high - low);
    }
}

void pinna_erb_bank_spread_backward(const pinna_erb_bank *bank,
                                    const float *dbins, float *dgains)
{
    for (size_t k = 0; k < bank->n_bins; k++) {
        const bin_share *share = &bank->shares[k];
        dgains[share->low] += (1.0f - share->weight) * dbins[k];
        dgains[share->high] += share->weight * dbins[k];
    }
}
