package dev.tandem.backend.cuda.gpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.backend.cuda.driver.Packed;
import dev.tandem.backend.cuda.driver.Parameters;
import dev.tandem.backend.cuda.driver.Ptx;
import org.junit.jupiter.api.Test;

class KernelTest {
    @Test
    void argumentsAreCheckedAgainstTheParameters() {
        Parameters parameters = Ptx.exact().kernels().get("sum_middle");
        Kernel kernel = new Kernel(null, null, parameters, 1, null, null);

        assertThatThrownBy(() -> kernel.with().integer(1))
                .hasMessageContaining("sum_middle: argument 0 is INTEGER of 4 bytes, but the kernel takes");
        Kernel.Launch launch = kernel.with().wide(1).wide(2).integer(3);
        assertThatThrownBy(() -> launch.struct(new Packed().integers(1, 2)))
                .hasMessageContaining("argument 3 is STRUCT of 8 bytes");
        assertThatThrownBy(() -> launch.overBlocks(1, 1, 1, "sum"))
                .hasMessageContaining("3 arguments for 5 parameters");
    }
}
