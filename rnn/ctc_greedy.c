#include "rnn/ctc_greedy.h"

#include <math.h>

void pinna_ctc_greedy_reset(pinna_ctc_greedy *greedy, int blank)
{
    *greedy = (pinna_ctc_greedy){.blank = blank};
}

/* Softmax probability of the best of logits [n]. */
static float best_probability(const float *logits, size_t n, float best)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += expf(logits[i] - best);
    return 1 / sum;
}

bool pinna_ctc_greedy_process(pinna_ctc_greedy *greedy, const float *logits,
                              size_t n_tokens, pinna_ctc_token *done)
{
    size_t best = 0;
    for (size_t i = 1; i < n_tokens; i++)
        if (logits[i] > logits[best])
            best = i;

    const int token = (int)best;
    const bool goes_on = greedy->open && token == greedy->run.token;
    const bool ended = !goes_on && pinna_ctc_greedy_finish(greedy, done);

    if (token != greedy->blank) {
        if (!goes_on)
            greedy->run =
                (pinna_ctc_token){.token = token, .first_frame = greedy->frame};
        greedy->open = true;
        greedy->run.n_frames++;
        /* A sum while the run is open; finish() makes it the mean. */
        greedy->run.confidence +=
            best_probability(logits, n_tokens, logits[best]);
    }
    greedy->frame++;
    return ended;
}

bool pinna_ctc_greedy_finish(pinna_ctc_greedy *greedy, pinna_ctc_token *done)
{
    if (!greedy->open)
        return false;

    greedy->open = false;
    *done = greedy->run;
    done->confidence /= (float)done->n_frames;
    return true;
}
