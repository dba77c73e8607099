// Registers kernels with what the driver must know of their parameters.
#pragma once
#include <type_traits>
#include <utility>

#include "threads.h"

namespace {
template <class F>
struct Signature;

template <class... A>
struct Signature<void (*)(A...)> {
    static constexpr unsigned char sizes[] = {sizeof(A)...};
    static constexpr unsigned char alignments[] = {alignof(A)...};
    static constexpr bool pointers[] = {std::is_pointer_v<A>...};
    static constexpr int count = sizeof...(A);

    template <void (*f)(A...)>
    static void call(void** arguments) {
        call<f>(arguments, std::index_sequence_for<A...>{});
    }

    template <void (*f)(A...), size_t... I>
    static void call(void** arguments, std::index_sequence<I...>) {
        f(*(A*)arguments[I]...);
    }
};

template <auto f>
struct Registration {
    explicit Registration(const char* name)
        : kernel{name, S::template call<f>, S::sizes, S::alignments, S::pointers, S::count} {
        emulation::registerKernel(&kernel);
    }

    typedef Signature<decltype(f)> S;
    emulation::Kernel kernel;
};
}  // namespace

#define REGISTER(name) Registration<&name> register_##name(#name);
