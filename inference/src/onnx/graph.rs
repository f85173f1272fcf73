//! Builds an ONNX graph node by node.

use prost::Message;

use super::proto::{
    Attribute, AttributeType, Dimension, Element, Extent, Graph, Model, Node, OperatorSet, Shape, Tensor, TensorType,
    Type, ValueInfo,
};

/// Where an operator comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// The ONNX standard.
    Standard,
    /// ONNX Runtime's own fused operators.
    Microsoft,
}

/// Opset 17 and IR version 8 (ONNX 1.12): everything that the graph needs, and old enough for every runtime in use.
const OPSET: i64 = 17;
const IR_VERSION: i64 = 8;

#[derive(Debug, Default)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    /// A constant; gives back its name.
    pub fn floats(&mut self, name: impl Into<String>, dims: &[usize], values: &[f32]) -> String {
        self.constant(name, Element::Float, dims, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    pub fn int8(&mut self, name: impl Into<String>, dims: &[usize], values: &[i8]) -> String {
        self.constant(name, Element::Int8, dims, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    pub fn int64(&mut self, name: impl Into<String>, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(name, Element::Int64, &[values.len()], bytes)
    }

    fn constant(&mut self, name: impl Into<String>, element: Element, dims: &[usize], raw_data: Vec<u8>) -> String {
        let name = name.into();
        self.graph.initializer.push(Tensor {
            dims: dims.iter().map(|&dim| signed(dim)).collect(),
            data_type: element.into(),
            name: name.clone(),
            raw_data,
        });
        name
    }

    /// A node with one output, whose name it gives back. An empty input name leaves out an optional input.
    pub fn node(
        &mut self,
        domain: Domain,
        operator: &str,
        inputs: &[&str],
        output: impl Into<String>,
        attributes: &[(&str, Value)],
    ) -> String {
        let output = output.into();
        self.node_many(domain, operator, inputs, &[&output], attributes);
        output
    }

    /// A node with several outputs.
    pub fn node_many(
        &mut self,
        domain: Domain,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&str, Value)],
    ) {
        self.graph.node.push(node(domain, operator, inputs, outputs, attributes));
    }

    /// One operator with these inputs where `condition` (a boolean scalar) holds, or with those where it does not.
    /// `shape` is that of its output, of floats.
    pub fn either(
        &mut self,
        condition: &str,
        (domain, operator, attributes): (Domain, &str, &[(&str, Value)]),
        [yes, no]: [&[&str]; 2],
        output: impl Into<String>,
        shape: &[Extent],
    ) -> String {
        let output = output.into();
        let branch = |attribute: &str, inputs: &[&str]| {
            let name = format!("{output}.{attribute}");
            let graph = Graph {
                node: vec![node(domain, operator, inputs, &[&name], attributes)],
                output: vec![value_info(&name, Element::Float, shape)],
                name,
                ..Graph::default()
            };
            Attribute {
                name: attribute.to_owned(),
                g: Some(graph),
                r#type: AttributeType::Graph.into(),
                ..Attribute::default()
            }
        };
        let attribute = vec![branch("then_branch", yes), branch("else_branch", no)];
        let choice = node(Domain::Standard, "If", &[condition], &[&output], &[]);
        self.graph.node.push(Node { attribute, ..choice });
        output
    }

    pub fn input(&mut self, name: &str, element: Element, shape: &[Extent]) {
        self.graph.input.push(value_info(name, element, shape));
    }

    pub fn output(&mut self, name: &str, element: Element, shape: &[Extent]) {
        self.graph.output.push(value_info(name, element, shape));
    }

    /// The file's bytes.
    #[must_use]
    pub fn finish(mut self, name: &str) -> Vec<u8> {
        name.clone_into(&mut self.graph.name);
        let set = |domain: &str, version| OperatorSet { domain: domain.to_owned(), version };
        let model = Model {
            ir_version: IR_VERSION,
            producer_name: "guichet".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            graph: Some(self.graph),
            opset_import: vec![set("", OPSET), set("com.microsoft", 1)],
        };
        model.encode_to_vec()
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    Int(i64),
    Float(f32),
}

impl Value {
    fn attribute(self, name: &str) -> Attribute {
        let name = name.to_owned();
        match self {
            Self::Int(i) => Attribute { name, i: Some(i), r#type: AttributeType::Int.into(), ..Attribute::default() },
            Self::Float(f) => {
                Attribute { name, f: Some(f), r#type: AttributeType::Float.into(), ..Attribute::default() }
            }
        }
    }
}

fn node(domain: Domain, operator: &str, inputs: &[&str], outputs: &[&str], attributes: &[(&str, Value)]) -> Node {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Node {
        input: owned(inputs),
        output: owned(outputs),
        name: format!("{operator}:{}", outputs.first().copied().unwrap_or_default()),
        op_type: operator.to_owned(),
        attribute: attributes.iter().map(|(name, value)| value.attribute(name)).collect(),
        domain: match domain {
            Domain::Standard => String::new(),
            Domain::Microsoft => "com.microsoft".to_owned(),
        },
    }
}

fn value_info(name: &str, element: Element, shape: &[Extent]) -> ValueInfo {
    let dim = shape.iter().map(|extent| Dimension { extent: Some(extent.clone()) }).collect();
    let tensor = TensorType { element: element.into(), shape: Some(Shape { dim }) };
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor: Some(tensor) }) }
}

pub fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
