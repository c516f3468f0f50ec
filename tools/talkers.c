#include "tools/talkers.h"

#include <stdlib.h>
#include <string.h>

/* An item while it is sorted: by the drawn place of its talker, then by its
 * own drawn place. */
struct card {
    const char *speaker;
    size_t item, talker_place, place;
};

static int compare_speakers(const void *a, const void *b)
{
    const struct card *left = a, *right = b;

    if (left->speaker && right->speaker) {
        const int order = strcmp(left->speaker, right->speaker);
        if (order != 0)
            return order;
    } else if (left->speaker || right->speaker) {
        return left->speaker ? -1 : 1;
    }
    return left->item < right->item ? -1 : left->item > right->item;
}

static int compare_places(const void *a, const void *b)
{
    const struct card *left = a, *right = b;

    if (left->talker_place != right->talker_place)
        return left->talker_place < right->talker_place ? -1 : 1;
    return left->place < right->place ? -1 : left->place > right->place;
}

static bool same_talker(const struct card *a, const struct card *b)
{
    return a->speaker && b->speaker && strcmp(a->speaker, b->speaker) == 0;
}

/* Cards by speaker -> cards in drawn order. numbers [n] is scratch. */
static size_t draw_order(struct card *cards, size_t n, pinna_rng *rng,
                         size_t *numbers)
{
    size_t n_talkers = 0;

    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !same_talker(&cards[i - 1], &cards[i]))
            n_talkers++;
        cards[i].talker_place = n_talkers - 1;
    }
    for (size_t t = 0; t < n_talkers; t++)
        numbers[t] = t;
    pinna_rng_shuffle(rng, numbers, n_talkers);
    for (size_t i = 0; i < n; i++)
        cards[i].talker_place = numbers[cards[i].talker_place];
    for (size_t i = 0; i < n; i++)
        numbers[i] = i;
    pinna_rng_shuffle(rng, numbers, n);
    for (size_t i = 0; i < n; i++)
        cards[i].place = numbers[i];
    qsort(cards, n, sizeof *cards, compare_places);
    return n_talkers;
}

pinna_status pinna_talkers_new(const pinna_sound_list *list, pinna_rng *rng,
                               pinna_talkers *talkers)
{
    const size_t n = list->n_items;
    struct card *cards = calloc(n + 1, sizeof *cards);

    *talkers = (pinna_talkers){
        .order = calloc(n + 1, sizeof *talkers->order),
        .begins = calloc(n + 1, sizeof *talkers->begins),
        .dealt = calloc(n + 1, sizeof *talkers->dealt),
    };
    if (!cards || !talkers->order || !talkers->begins || !talkers->dealt) {
        free(cards);
        pinna_talkers_free(talkers);
        return PINNA_NO_MEMORY;
    }

    for (size_t i = 0; i < n; i++)
        cards[i] = (struct card){.speaker = list->items[i].speaker, .item = i};
    qsort(cards, n, sizeof *cards, compare_speakers);
    talkers->n_talkers = draw_order(cards, n, rng, talkers->order);
    for (size_t i = 0; i < n; i++) {
        talkers->order[i] = cards[i].item;
        talkers->begins[cards[i].talker_place + 1] = i + 1;
    }
    free(cards);
    return PINNA_OK;
}

void pinna_talkers_free(pinna_talkers *talkers)
{
    free(talkers->order);
    free(talkers->begins);
    free(talkers->dealt);
    *talkers = (pinna_talkers){0};
}

size_t pinna_talkers_deal(pinna_talkers *talkers, size_t t)
{
    const size_t n = talkers->begins[t + 1] - talkers->begins[t];

    return talkers->order[talkers->begins[t] + talkers->dealt[t]++ % n];
}
