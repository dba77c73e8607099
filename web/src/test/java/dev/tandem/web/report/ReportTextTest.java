package dev.tandem.web.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

/** What a report's page is made of. */
class ReportTextTest {
    @Test
    void jsonHasNothingThatEndsAScriptAndSaysTheSame() throws Exception {
        String text = "</script><!--&\u2028\u2029\"\\u003c";
        ObjectMapper json = new ObjectMapper();

        String escaped = ReportPage.escapedJson(json.writeValueAsString(text));

        assertThat(escaped).doesNotContain("<", ">", "&", "\u2028", "\u2029");
        assertThat(json.readValue(escaped, String.class)).isEqualTo(text);
    }

    @Test
    void allModulesBecomeOneScript() {
        String script = ModuleScript.of("report.js");

        assertThat(script)
                .contains("const { default: uPlot } = modules[\"uplot/uPlot.esm.js\"];", "return { default: uPlot };")
                .doesNotContainPattern("(?m)^\\s*(import|export)\\b")
                .doesNotContain("</script", "<!--");
        assertThat(script.indexOf("modules[\"charts/dom.js\"] ="))
                .as("a module stands before those that import it")
                .isLessThan(script.indexOf("modules[\"charts/lines.js\"] ="));
    }
}
