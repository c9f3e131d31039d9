/** @odoo-module **/

// Reads the record again every so often while a field of it is true: progress and results appear by themselves.
// <widget name="logistics_live" field="under_way" seconds="1"/>

import { Component, onWillUnmount } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc_service";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

export class LiveWidget extends Component {
    static template = "logistics_orchestration.Live";
    static props = { ...standardWidgetProps, field: { type: String }, seconds: { type: Number, optional: true } };

    setup() {
        this.gone = false;
        this.timer = browser.setTimeout(() => this.look(), this.pause);
        onWillUnmount(() => {
            this.gone = true;
            browser.clearTimeout(this.timer);
        });
    }

    get pause() {
        return 1000 * (this.props.seconds || 1);
    }

    get live() {
        return Boolean(this.props.record.data[this.props.field]);
    }

    /** One look; what a person is writing is never thrown away, and a lost connection only means a later look. */
    async look() {
        try {
            if (this.live && !this.props.record.dirty && !document.hidden) {
                await this.props.record.load();
            }
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                this.gone = true;
                throw error;
            }
        } finally {
            if (!this.gone) {
                this.timer = browser.setTimeout(() => this.look(), this.pause);
            }
        }
    }
}

registry.category("view_widgets").add("logistics_live", {
    component: LiveWidget,
    extractProps: ({ attrs }) => ({ field: attrs.field, seconds: Number(attrs.seconds || 1) }),
});
