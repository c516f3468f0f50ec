/* datasets/noise_events.h -- synthetic noises made of single sounds: clicks,
 * knocks, crackle, beeps, whooshes
 *
 * Inside the noise maker only. Each draws its parameters and adds to out
 * [maker->n]; the level is arbitrary, and a short stretch may hold nothing. */
#ifndef PINNA_DATASETS_NOISE_EVENTS_H
#define PINNA_DATASETS_NOISE_EVENTS_H

struct maker;

/* Keyboard, mouse, clock, dishes: short bursts, 1 to 12 a second, in groups
 * with pauses or as even as a clock. Each is struck and let go. */
void pinna_noise_clicks(const struct maker *maker, float *out);
/* Doors, steps, hammers, dropped things, water drops. */
void pinna_noise_knocks(const struct maker *maker, float *out);
/* Impulses at random times through two resonances: from the snaps of a fire,
 * 10 a second, to the rush of rain, 5000 a second. */
void pinna_noise_crackle(const struct maker *maker, float *out);
/* Telephones, alarms, reversing lorries, birds. */
void pinna_noise_beeps(const struct maker *maker, float *out);
/* Passing cars, sliding chairs, zips: noise through a band that moves. */
void pinna_noise_whooshes(const struct maker *maker, float *out);

#endif
