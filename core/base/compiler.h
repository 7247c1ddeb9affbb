/* compiler.h: the few attributes the house uses, under names of its own.
 *
 * Nothing here has state. The lock annotations are checked by clang (-Wthread-safety) and vanish
 * elsewhere; see lock.h for how they are meant to be used. */
#ifndef WGO_BASE_COMPILER_H
#define WGO_BASE_COMPILER_H

#if defined(__GNUC__) || defined(__clang__)
#define WGO_NODISCARD __attribute__((warn_unused_result))
#define WGO_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define WGO_LIKELY(x) __builtin_expect(!!(x), 1)
#define WGO_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define WGO_PUBLIC __attribute__((visibility("default")))
#else
#define WGO_NODISCARD
#define WGO_PRINTF(format_at, args_at)
#define WGO_LIKELY(x) (x)
#define WGO_UNLIKELY(x) (x)
#define WGO_PUBLIC
#endif

#if defined(__clang__)
#define WGO_CAPABILITY(name) __attribute__((capability(name)))
#define WGO_GUARDED __attribute__((guarded_var))
#define WGO_REQUIRES(lock) __attribute__((requires_capability(lock)))
#define WGO_ACQUIRES(lock) __attribute__((acquire_capability(lock)))
#define WGO_RELEASES(lock) __attribute__((release_capability(lock)))
#define WGO_UNCHECKED_LOCKS __attribute__((no_thread_safety_analysis))
#else
#define WGO_CAPABILITY(name)
#define WGO_GUARDED
#define WGO_REQUIRES(lock)
#define WGO_ACQUIRES(lock)
#define WGO_RELEASES(lock)
#define WGO_UNCHECKED_LOCKS
#endif

#define WGO_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
