#include "kernels/load.hpp"

#include "kernels/element.hpp"
#include "kernels/wide.hpp"

namespace longhaul {

void load(float* values, std::size_t count, unsigned steps) {
  in_parallel_wide(count, sizeof(float) * (1 + steps), [=](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      float value = values[i];
      for (unsigned step = 0; step < steps; ++step) value = element::load_step(value);
      values[i] = value;
    }
  });
}

}  // namespace longhaul
